using Sightline.Faces;
using Sightline.Recognizer;
using Sightline.Wire;

namespace Sightline.Unit.Recognizer;

public sealed class SettingsTests
{
    [Fact]
    public void With_nothing_set_it_is_the_box_on_this_machine()
    {
        var options = Settings.From(new Dictionary<string, string> { ["HOME"] = "/home/u" });
        Assert.Equal("http://127.0.0.1:9324/", options.Sqs.ToString());
        Assert.True(options.Sqs.IsLoopback);
        Assert.Equal("/home/u/.local/share/sightline/gallery.db", options.Gallery);
        Assert.Equal(["/home/u/.cache/sightline"], options.Assets.Folders);
        Assert.Equal(("sightline-requests", "sightline-answers"), (options.RequestQueue, options.ResponseQueue));
        Assert.Equal(FaceModel.MobileFaceNet, options.ModelInForce);
        Assert.Same(Gates.Default, options.Gates);
    }

    [Fact]
    public void Every_variable_is_obeyed()
    {
        var options = Settings.From(new Dictionary<string, string>
        {
            ["HOME"] = "/home/u",
            ["SIGHTLINE_SQS"] = "http://queue.example:1",
            ["AWS_ENDPOINT_URL_SQS"] = "http://other",
            ["SIGHTLINE_GALLERY"] = "/g.db",
            ["SIGHTLINE_ASSETS"] = "/a",
            ["SIGHTLINE_REQUEST_QUEUE"] = "in",
            ["SIGHTLINE_RESPONSE_QUEUE"] = "out",
            ["SIGHTLINE_PARALLEL"] = "3",
            ["SIGHTLINE_MODEL"] = "facenet-vggface2",
            ["SIGHTLINE_THRESHOLD"] = "0.6",
            ["SIGHTLINE_GATE"] = "too_small=30, blurred=off",
            ["XDG_CACHE_HOME"] = "/c",
        });
        Assert.Equal("http://queue.example:1/", options.Sqs.ToString());
        Assert.Equal(("/g.db", "in", "out", 3), (options.Gallery, options.RequestQueue, options.ResponseQueue, options.Parallel));
        Assert.Equal(["/a", "/c/sightline"], options.Assets.Folders);
        Assert.Equal(0.6f, options.ModelInForce.Threshold.Similarity);
        Assert.Equal((30, null, Gates.Default["low_score"]), (options.Gates["too_small"].Limit, options.Gates["blurred"].Limit, options.Gates["low_score"]));
        Assert.Equal((FaceModel.FaceNet, FaceModel.FaceNet.Id), (options.Model, options.ModelInForce.Id));
    }

    [Fact]
    public void An_archive_is_of_unknown_people_and_kept_where_nothing_else_is_said()
    {
        var environment = new Dictionary<string, string> { ["HOME"] = "/home/u", ["SIGHTLINE_ARCHIVE"] = "file:///a", ["AWS_ENDPOINT_URL_S3"] = "http://127.0.0.1:9000" };
        var s3 = new Uri("http://127.0.0.1:9000");
        Assert.Equal(new ArchiveOptions { Url = "file:///a", What = ArchiveWhat.Unknown, S3Endpoint = s3 }, Settings.From(environment).Archive);
        Assert.Equal(s3, Settings.From(environment).S3Endpoint);

        foreach (var (word, what) in new[] { ("off", ArchiveWhat.Off), ("unknown", ArchiveWhat.Unknown), ("all", ArchiveWhat.All) })
        {
            (environment["SIGHTLINE_ARCHIVE_WHAT"], environment["SIGHTLINE_ARCHIVE_DAYS"]) = (word, "30");
            Assert.Equal(new ArchiveOptions { Url = "file:///a", What = what, Days = 30, S3Endpoint = s3 }, Settings.From(environment).Archive);
        }
        environment["SIGHTLINE_ARCHIVE_WHAT"] = "everybody";
        Assert.Contains("SIGHTLINE_ARCHIVE_WHAT is 'everybody'; wanted off, unknown or all", Assert.Throws<WireException>(() => Settings.From(environment)).Message, StringComparison.Ordinal);
        Assert.Null(Settings.From(new Dictionary<string, string> { ["HOME"] = "/home/u" }).Archive);
    }

    [Fact]
    public void The_model_is_the_gallerys_where_none_is_set()
    {
        var folder = Directory.CreateTempSubdirectory("sightline-settings-").FullName;
        try
        {
            var file = Path.Combine(folder, "gallery.db");
            using (var gallery = Sightline.People.Gallery.Open(file, FaceModel.FaceNet, TimeProvider.System)) gallery.UseModel();
            Assert.Equal(FaceModel.FaceNet, Settings.From(new Dictionary<string, string> { ["SIGHTLINE_GALLERY"] = file }).Model);
            Assert.Equal(FaceModel.MobileFaceNet, Settings.From(new Dictionary<string, string> { ["SIGHTLINE_GALLERY"] = file, ["SIGHTLINE_MODEL"] = "mobilefacenet" }).Model);

            using (var gallery = Sightline.People.Gallery.Open(file, FaceModel.FaceNet with { Name = "tomorrow" }, TimeProvider.System)) gallery.UseModel();
            var error = Assert.Throws<WireException>(() => Settings.From(new Dictionary<string, string> { ["SIGHTLINE_GALLERY"] = file }));
            Assert.Contains("is used with model tomorrow", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Amazon_is_chosen_by_name_and_aws_own_endpoint_variable_counts()
    {
        Assert.Same(SqsEndpoint.Aws, Settings.From(new Dictionary<string, string> { ["SIGHTLINE_SQS"] = "aws" }).Sqs);
        Assert.Equal("http://other/", Settings.From(new Dictionary<string, string> { ["AWS_ENDPOINT_URL_SQS"] = "http://other" }).Sqs.ToString());
    }

    [Theory]
    [InlineData("SIGHTLINE_SQS", "nowhere")]
    [InlineData("SIGHTLINE_SQS", "ftp://x")]
    [InlineData("AWS_ENDPOINT_URL_SQS", "nowhere")]
    [InlineData("SIGHTLINE_PARALLEL", "0")]
    [InlineData("SIGHTLINE_PARALLEL", "many")]
    [InlineData("SIGHTLINE_MODEL", "FaceNet")]
    [InlineData("SIGHTLINE_THRESHOLD", "1.5")]
    [InlineData("SIGHTLINE_THRESHOLD", "NaN")]
    [InlineData("SIGHTLINE_GATE", "blurred=2")]
    [InlineData("SIGHTLINE_GATE", "ugly")]
    public void What_cannot_be_understood_is_said_with_what_was_wanted(string name, string value)
    {
        var error = Assert.Throws<WireException>(() => Settings.From(new Dictionary<string, string> { [name] = value }));
        Assert.Contains("wanted", error.Message, StringComparison.Ordinal);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
    }
}
