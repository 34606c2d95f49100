using Microsoft.Extensions.Time.Testing;
using Sightline.App;
using Sightline.Faces;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.Unit.App;

/// <summary>Who is removed is removed from archives too, through the command line.</summary>
public sealed class PeopleArchivesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-archives-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Url => $"file://{_folder}/archive";
    private string GalleryFile => Path.Combine(_folder, "gallery.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Removing_somebody_empties_the_archive_that_the_gallery_knows_of_and_tells_how_much_it_was()
    {
        await ArchiveAsync(Enroll("Ada", 0), "ada");
        await ArchiveAsync(Enroll("Bob", 1), "bob");
        Note();
        var lines = Lines();

        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "remove", "Ada"));

        Assert.Equal("Ada is removed\n", lines.Out);
        Assert.Equal($"1 answer with 2 objects deleted from the archive {Url}\n", lines.Error);
        Assert.All(Files(), file => Assert.Contains("-bob", file, StringComparison.Ordinal));
        Assert.Equal(3, Files().Count);
    }

    [Fact]
    public async Task An_archive_is_named_where_the_gallery_does_not_know_it_and_known_from_then_on()
    {
        await ArchiveAsync(Enroll("Ada", 0), "ada");
        Enroll("Bob", 1);
        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "remove", "Ada", "--archive", Url + "/"));
        Assert.Empty(Files());

        lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "archives"));
        Assert.Equal((Url + "\n", ""), (lines.Out, lines.Error));
        lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "remove", "Bob"));
        Assert.Equal($"nothing of them was in the archive {Url}\n", lines.Error);
    }

    [Theory]
    [InlineData("people", "list")]
    [InlineData("people", "archives")]
    [InlineData("people", "rename", "Bob", "Bobby")]
    [InlineData("people", "remove", "Ada")] // the same once more, though she is gone
    public async Task An_archive_that_cannot_be_reached_is_told_with_exit_code_1_and_the_next_command_goes_on(params string[] next)
    {
        await ArchiveAsync(Enroll("Ada", 0), "ada");
        Enroll("Bob", 1);
        Note();
        Directory.Move(Path.Combine(_folder, "archive"), Path.Combine(_folder, "unmounted"));
        var lines = Lines();
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("people", "remove", "Ada"));
        Assert.Equal("Ada is removed\n", lines.Out);
        Assert.Contains($"the archive {Url} could not be made to forget 1 removed person: there is no folder {_folder}/archive", lines.Error, StringComparison.Ordinal);
        Assert.Contains("The gallery remembers it", lines.Error, StringComparison.Ordinal);
        Assert.Contains("docs/operate.md#the-archive", lines.Error, StringComparison.Ordinal);
        lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "list"));
        Assert.Contains("could not be made to forget", lines.Error, StringComparison.Ordinal);

        Directory.Move(Path.Combine(_folder, "unmounted"), Path.Combine(_folder, "archive"));
        lines = Lines();
        Assert.Equal(next[1] == "remove" ? ExitCode.Failed : ExitCode.Fine, await lines.RunAsync(next));

        Assert.StartsWith($"1 answer with 2 objects deleted from the archive {Url}\n", lines.Error, StringComparison.Ordinal);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task What_another_process_put_there_after_the_removal_is_found_an_hour_later()
    {
        var ada = Enroll("Ada", 0);
        await ArchiveAsync(Enroll("Bob", 1), "bob");
        Note();
        Assert.Equal(ExitCode.Fine, await Lines().RunAsync("people", "remove", "Ada"));
        await ArchiveAsync(ada, "ada");
        Assert.Equal(ExitCode.Fine, await Lines().RunAsync("people", "archives"));
        Assert.Equal(6, Files().Count);
        var lines = Lines();

        Assert.Equal(ExitCode.Fine, await CommandLine.RunAsync(["people", "archives"], lines.Cli with { Time = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + Gallery.SweptAgainAfter) }));

        Assert.Equal($"1 answer with 2 objects deleted from the archive {Url}\n", lines.Error);
        Assert.Equal(3, Files().Count);
    }

    [Fact]
    public async Task An_archive_can_be_added_and_forgotten_and_one_that_is_not_known_is_told_with_those_that_are()
    {
        Assert.Equal(ExitCode.Fine, await Lines().RunAsync("people", "archives", "--add", Url));
        var lines = Lines();
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("people", "archives", "--forget", "file:///elsewhere"));
        Assert.Contains($"no archive file:///elsewhere was used with {GalleryFile}; those are: {Url}", lines.Error, StringComparison.Ordinal);
        lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "archives", "--forget", Url));
        Assert.Equal("", lines.Out);
        lines = Lines();
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("people", "archives", "--add", "/srv/archive"));
        Assert.Contains("wanted s3://bucket", lines.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("recognize")]
    [InlineData("edge")]
    [InlineData("up")]
    public async Task A_wrong_archive_is_told_before_anything_is_started(string verb)
    {
        var lines = Lines();
        Assert.Equal(ExitCode.Failed, await lines.RunAsync(verb, "--archive", "/srv/archive"));
        Assert.Contains("'/srv/archive' is no place for objects", lines.Error, StringComparison.Ordinal);
        lines = Lines();
        Assert.Equal(ExitCode.Usage, await lines.RunAsync(verb, "--archive", Url, "--archive-what", "everybody"));
        Assert.Contains("wanted off or unknown or all", lines.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "archive")));
    }

    private Lines Lines() => new(("SIGHTLINE_GALLERY", GalleryFile));

    private void Note()
    {
        using var gallery = Gallery.Open(GalleryFile, FaceModel.MobileFaceNet, TimeProvider.System);
        gallery.NoteArchive(Url);
    }

    private async Task ArchiveAsync(string person, string id)
    {
        using var store = ObjectStore.At(Url);
        var folder = ArchiveKeys.Of(TimeProvider.System.GetUtcNow(), "cam", id);
        foreach (var key in new[] { ArchiveKeys.IndexOf(person, folder), ArchiveKeys.FaceOf(folder, 0), ArchiveKeys.AnswerOf(folder) }) await store.PutAsync(key, new byte[1], "text/plain", Ct);
    }

    private List<string> Files() => [.. Directory.GetFiles(Path.Combine(_folder, "archive"), "*", SearchOption.AllDirectories)];

    private string Enroll(string name, int axis)
    {
        using var gallery = Gallery.Open(GalleryFile, FaceModel.MobileFaceNet, TimeProvider.System);
        var vector = new float[FaceModel.MobileFaceNet.Dimensions];
        vector[axis] = 1;
        return Assert.IsType<Enrolled>(gallery.Enroll(name, vector, null, "test")).Person.Id;
    }
}
