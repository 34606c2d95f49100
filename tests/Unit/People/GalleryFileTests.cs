using System.Text;
using Microsoft.Data.Sqlite;
using Sightline.People;

namespace Sightline.Unit.People;

public sealed class GalleryFileTests : GalleryFixture
{
    [Fact]
    public void The_files_are_their_owners_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        if (OperatingSystem.IsWindows()) return; // for the analyzer
        var file = Path.Combine(Folder, "new", "folder", "gallery.db");
        using var gallery = Gallery.Open(file, Model, Time);
        Enroll(gallery, "Ann", Vector(0));

        var owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        foreach (var name in new[] { file, file + "-wal", file + "-shm" }) Assert.Equal(owner, File.GetUnixFileMode(name));
        Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public void A_file_that_others_may_read_is_closed_to_them()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        if (OperatingSystem.IsWindows()) return; // for the analyzer
        Open().Dispose();
        File.SetUnixFileMode(GalleryPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        Open();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(GalleryPath));
    }

    [Fact]
    public void A_removed_persons_pixels_name_source_and_embedding_are_gone_from_every_byte_on_the_disk()
    {
        var gallery = Open();
        var pixels = new byte[60_000];
        new Random(5).NextBytes(pixels);
        // Enough people around them that tables have grown, split and moved rows about.
        for (var i = 0; i < 40; i++) gallery.Enroll($"Extra {i}", Vector(i % 8, (i + 1) % 8, i * 0.01f), Kept(new byte[3000]), "extra.jpg");
        var vector = Vector(2, 5, 0.777f);
        Assert.IsType<Enrolled>(gallery.Enroll("Erasable Person", vector, Kept(pixels), "secret-source.jpg"));
        for (var i = 40; i < 80; i++) gallery.Enroll($"Extra {i}", Vector(i % 8, (i + 1) % 8, i * 0.01f), Kept(new byte[3000]), "extra.jpg");
        var stored = Direct(row => (byte[])row[0], "SELECT vector FROM embeddings JOIN photos ON photo_id = id WHERE source = 'secret-source.jpg'");
        byte[][] traces = [pixels[..16], pixels[30_000..30_016], pixels[^16..], "Erasable Person"u8.ToArray(), "ERASABLE PERSON"u8.ToArray(), "secret-source"u8.ToArray(), .. stored];
        Assert.Equal(7, traces.Length);
        Assert.All(traces, trace => Assert.True(IsOnDisk(trace), "this test must be able to find what it looks for"));

        Assert.True(gallery.Remove("erasable person", out var problem), problem);

        Assert.All(traces, trace => Assert.False(IsOnDisk(trace), Encoding.Latin1.GetString(trace)));
        Assert.Equal(80, gallery.List().Count);
    }

    [Fact]
    public void What_another_open_gallery_removed_is_gone_from_the_disk_too()
    {
        var (here, there) = (Open(), Open());
        here.Enroll("Ann", Vector(0), Kept("a trace of these pixels"u8.ToArray()), "a.jpg");
        ASecondPasses();
        Assert.True(there.Match(Vector(0)).Known);

        Assert.True(there.Remove("Ann", out _));

        Assert.False(IsOnDisk("a trace of these pixels"u8));
    }

    [Theory]
    [InlineData("this is a text file, not a gallery at all, and long enough to have a header ................................")]
    [InlineData("x")]
    public void A_file_that_is_no_gallery_is_named_and_left_as_it_is(string content)
    {
        File.WriteAllText(GalleryPath, content);

        var error = Assert.Throws<GalleryException>(() => Open());

        Assert.Contains(GalleryPath, error.Message, StringComparison.Ordinal);
        Assert.Contains("--gallery", error.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(GalleryPath));
    }

    [Fact]
    public void A_damaged_gallery_is_named_and_says_what_to_do()
    {
        using (var gallery = Open())
        {
            for (var i = 0; i < 50; i++) gallery.Enroll($"Extra {i}", Vector(i % 8), Kept(new byte[2000]), "extra.jpg");
        }
        var bytes = File.ReadAllBytes(GalleryPath);
        bytes.AsSpan(4096).Fill(0xAB); // all but the first page
        File.WriteAllBytes(GalleryPath, bytes);

        var error = Assert.Throws<GalleryException>(() => Open());

        Assert.Contains(GalleryPath, error.Message, StringComparison.Ordinal);
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_programs_database_is_not_touched()
    {
        Direct(row => 0, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
        var before = File.ReadAllBytes(GalleryPath);

        var error = Assert.Throws<GalleryException>(() => Open());

        Assert.Contains("another program", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(GalleryPath));
    }

    [Fact]
    public void A_gallery_of_a_newer_sightline_is_refused_with_both_schema_numbers()
    {
        Open().Dispose();
        Direct(row => 0, "PRAGMA user_version = 7");

        var error = Assert.Throws<GalleryException>(() => Open());

        Assert.Contains("newer Sightline (its schema is 7, this one knows up to 2)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gallery_of_the_first_schema_is_brought_up_to_date_and_loses_nothing()
    {
        Person ann;
        using (var gallery = Open()) ann = Enroll(gallery, "Ann", Vector(0)).Person;
        Direct(row => 0,
            """
            PRAGMA foreign_keys = OFF;
            CREATE TABLE old (
                id INTEGER PRIMARY KEY, person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE, source TEXT NOT NULL, enrolled_at INTEGER NOT NULL,
                jpeg BLOB NOT NULL, landmarks BLOB NOT NULL, box BLOB NOT NULL) STRICT;
            INSERT INTO old SELECT * FROM photos; DROP TABLE photos; ALTER TABLE old RENAME TO photos; CREATE INDEX photos_of_person ON photos (person_id);
            DROP TABLE thresholds; DROP TABLE settings; PRAGMA user_version = 1;
            """);

        var updated = Open();

        Assert.Equal(ann, Assert.Single(updated.List()));
        Assert.Equal("Ann", updated.Match(Vector(0)).Name);
        Assert.Equal(Kept().Jpeg, Assert.Single(updated.Kept(ann.Id)).Jpeg);
        Assert.IsType<Enrolled>(updated.Enroll("Bob", Vector(1), null, "data.pt"));
        updated.Calibrate(0.6f, "a test");
        Assert.True(updated.Remove("Ann", out _));
        Assert.Empty(Direct(row => 0, "SELECT 0 FROM photos JOIN people ON people.id = person_id WHERE name = 'Ann'"));
        Assert.Equal([1L], Direct(row => row.GetInt64(0), "SELECT count(*) FROM embeddings"));
    }

    [Fact]
    public void A_folder_in_the_files_place_is_an_error_that_names_it()
    {
        Directory.CreateDirectory(GalleryPath);

        Assert.Contains(GalleryPath, Assert.Throws<GalleryException>(() => Open()).Message, StringComparison.Ordinal);
    }

    /// <summary>Past the gallery, with SQLite alone.</summary>
    private List<T> Direct<T>(Func<SqliteDataReader, T> read, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={GalleryPath};Pooling=False");
        connection.Open();
        return connection.Query(read, sql);
    }
}
