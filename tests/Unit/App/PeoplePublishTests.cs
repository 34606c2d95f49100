using System.Text.Json;
using Sightline.App;
using Sightline.Faces;
using Sightline.People;
using Sightline.Recognizer.Published;

namespace Sightline.Unit.App;

/// <summary>A gallery is put where recognizers in Lambda find it, through the command line.</summary>
public sealed class PeoplePublishTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-publish-").FullName;

    private string Url => $"file://{_folder}/published";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_published_is_told_and_who_is_removed_later_is_said_to_be_there_still()
    {
        Enroll("Ada", 0);
        Enroll("Bob", 1);
        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "publish", Url));
        Assert.Equal($"2 people published at {Url}, with {FaceModel.MobileFaceNet.Id}; recognizers there know within a minute\n", lines.Out);

        lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "remove", "Bob"));
        Assert.Contains($"may still lie at {Url}; `sightline people publish {Url}` replaces it", lines.Error, StringComparison.Ordinal);

        lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "publish", Url, "--json"));
        var line = JsonDocument.Parse(lines.Out).RootElement;
        Assert.Equal((Url, 1, 1, FaceModel.MobileFaceNet.Id), (line.GetProperty("url").GetString(), line.GetProperty("people").GetInt32(), line.GetProperty("deleted").GetInt32(), line.GetProperty("model").GetString()));
        Assert.Equal(new FileInfo(Path.Combine(_folder, "published", line.GetProperty("key").GetString()!)).Length, line.GetProperty("bytes").GetInt64());
        Assert.True(File.Exists(Path.Combine(_folder, "published", Publication.PointerKey)));
    }

    [Fact]
    public async Task The_model_that_the_gallery_is_used_with_is_published()
    {
        using (var gallery = Gallery.Open(GalleryFile, FaceModel.FaceNet, TimeProvider.System)) gallery.UseModel();
        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "publish", Url));
        Assert.Contains($"0 people published at {Url}, with {FaceModel.FaceNet.Id}", lines.Out, StringComparison.Ordinal);
        Assert.Contains("nobody is enrolled", lines.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/srv/gallery", "wanted s3://bucket")]
    [InlineData("s3://", "wanted s3://bucket")]
    public async Task Where_nothing_can_be_put_is_an_error_that_says_what_was_wanted(string url, string says)
    {
        var lines = Lines();
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("people", "publish", url));
        Assert.Contains(says, lines.Error, StringComparison.Ordinal);
        Assert.Contains("docs/operate.md#brokers-and-queues", lines.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_endpoint_is_told_by_its_variable()
    {
        var lines = new Lines(("SIGHTLINE_GALLERY", GalleryFile), ("AWS_ENDPOINT_URL_S3", "nowhere"));
        Assert.Equal(ExitCode.Usage, await lines.RunAsync("people", "publish", "s3://bucket"));
        Assert.Contains("AWS_ENDPOINT_URL_S3: got 'nowhere'", lines.Error, StringComparison.Ordinal);
    }

    private string GalleryFile => Path.Combine(_folder, "gallery.db");

    private Lines Lines() => new(("SIGHTLINE_GALLERY", GalleryFile));

    private void Enroll(string name, int axis)
    {
        using var gallery = Gallery.Open(GalleryFile, FaceModel.MobileFaceNet, TimeProvider.System);
        var vector = new float[FaceModel.MobileFaceNet.Dimensions];
        vector[axis] = 1;
        Assert.IsType<Enrolled>(gallery.Enroll(name, vector, null, "test"));
    }
}
