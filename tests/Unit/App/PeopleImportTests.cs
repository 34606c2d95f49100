using System.Text.Json;
using Sightline.App;
using Sightline.Faces;
using Sightline.People;
using Sightline.Tests;

namespace Sightline.Unit.App;

/// <summary>A data.pt of facenet-pytorch becomes people, through the command line.</summary>
public sealed class PeopleImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task People_are_known_by_their_vectors_and_the_list_says_that_there_is_no_picture(bool isZip)
    {
        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "import", Write(isZip, ("Ada", Along(0)), ("Zoë", Along(1)), ("Ada", Along(2)))));
        Assert.Contains("3 photographs imported as vectors of facenet-vggface2-281cebca-p1; 2 new people, 2 people in", lines.Out, StringComparison.Ordinal);
        Assert.Contains("does not say which weights made its vectors", lines.Error, StringComparison.Ordinal);

        using (var gallery = Gallery.Open(GalleryFile, FaceModel.FaceNet, TimeProvider.System))
        {
            Assert.Equal("Ada", gallery.Match(Along(2)).Name);
            Assert.Equal("Zoë", gallery.Match(Along(1)).Name);
            Assert.Equal(3, gallery.PhotosWithoutPicture());
        }
        var list = Lines();
        Assert.Equal(ExitCode.Fine, await list.RunAsync("people", "list", "--json"));
        Assert.Matches("\"name\":\"Ada\",\"photos\":2,.*\"without_picture\":2}", list.Out);
        Assert.Contains("3 photographs came without a picture, which no other model can know people by: Ada, Zoë", list.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_imported_twice_is_there_once_and_joins_who_was_enrolled_before()
    {
        using (var gallery = Gallery.Open(GalleryFile, FaceModel.FaceNet, TimeProvider.System)) gallery.Enroll("ada", Along(5), null, "before");
        var file = Write(true, ("Ada", Along(0)), ("Bob", Along(1)));
        Assert.Equal((true, 2, 0, 1), await ImportAsync(file));
        Assert.Equal((true, 0, 2, 0), await ImportAsync(file));
    }

    [Fact]
    public async Task Where_one_is_wrong_nothing_is_imported_unless_that_is_asked_for()
    {
        var lines = Lines();
        var file = Write(true, ("Ada", Along(0)), ("Unknown", Along(1)), ("Bob", Along(0, float.NaN)), ("", Along(2)), ("Cem", Along(3)));
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("people", "import", file));
        Assert.Empty(lines.Out);
        Assert.Contains($"{file}: number 2, 'Unknown': 'Unknown' cannot be a name", lines.Error, StringComparison.Ordinal);
        Assert.Contains($"{file}: number 3, 'Bob': value 1 of 512 is not a number, wanted finite ones", lines.Error, StringComparison.Ordinal);
        Assert.Contains($"{file}: number 4, '': the name is empty", lines.Error, StringComparison.Ordinal);
        Assert.Contains("nothing was imported; --skip-wrong imports the other 2 of 5", lines.Error, StringComparison.Ordinal);
        Assert.Empty(Names());

        lines = Lines();
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("people", "import", file, "--skip-wrong", "--json"));
        using var line = JsonDocument.Parse(lines.Out);
        Assert.Equal([2, 3, 4], line.RootElement.GetProperty("wrong").EnumerateArray().Select(wrong => wrong.GetProperty("place").GetInt32()));
        Assert.Equal(["Ada", "Cem"], Names());
    }

    [Fact]
    public async Task Vectors_of_another_length_are_told_with_what_the_model_gives()
    {
        var file = Write(false, ("Ada", new float[128]));
        var lines = Lines();
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("people", "import", file, "--skip-wrong"));
        Assert.Contains("number 1, 'Ada': got shape [1, 128], wanted [1, 512] or [512]", lines.Error, StringComparison.Ordinal);
        Assert.EndsWith("nothing was imported\n", lines.Error, StringComparison.Ordinal);

        var ones = Enumerable.Repeat(1f, 128).ToArray();
        Assert.Equal(ExitCode.Fine, await Lines().RunAsync("people", "import", Write(false, ("Ada", ones)), "--model", "mobilefacenet"));
        Assert.Equal(["Ada"], Names());
    }

    [Theory]
    [InlineData("no checkpoint at all", "not a PyTorch file")]
    [InlineData(null, "there is no such file")]
    public async Task A_file_that_is_something_else_is_named(string? content, string message)
    {
        var file = Path.Combine(_folder, "other.pt");
        if (content is not null) await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        var lines = Lines();
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("people", "import", file));
        Assert.Contains(file, lines.Error, StringComparison.Ordinal);
        Assert.Contains(message, lines.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(GalleryFile));
    }

    private string GalleryFile => Path.Combine(_folder, "gallery.db");

    private Lines Lines() => new(("SIGHTLINE_GALLERY", GalleryFile), ("SIGHTLINE_ASSETS", _folder), ("XDG_CACHE_HOME", _folder));

    private async Task<(bool, int, int, int)> ImportAsync(string file)
    {
        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "import", file, "--json"));
        using var line = JsonDocument.Parse(lines.Out);
        int Count(string key) => line.RootElement.GetProperty(key).GetInt32();
        return (line.RootElement.GetProperty("imported").GetBoolean(), Count("photos"), Count("already"), Count("new_people"));
    }

    private List<string> Names()
    {
        using var gallery = Gallery.Open(GalleryFile, FaceModel.FaceNet, TimeProvider.System);
        return [.. gallery.List().Select(person => person.Name)];
    }

    private string Write(bool isZip, params (string, float[])[] people)
    {
        var file = Path.Combine(_folder, "data.pt");
        File.WriteAllBytes(file, CheckpointWriter.WriteList(isZip, people));
        return file;
    }

    private static float[] Along(int axis, float first = 0.1f)
    {
        var vector = new float[512];
        vector[0] = first;
        vector[axis] += 3;
        return vector;
    }
}
