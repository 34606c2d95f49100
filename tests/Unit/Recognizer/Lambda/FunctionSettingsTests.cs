using Sightline.Faces;
using Sightline.Recognizer.Lambda;
using Sightline.Wire;

namespace Sightline.Unit.Recognizer.Lambda;

public sealed class FunctionSettingsTests
{
    private const string Sha256 = "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507";

    [Fact]
    public void In_Lambda_the_queues_are_Amazons_and_the_published_gallery_says_the_model()
    {
        var options = From(("SIGHTLINE_GALLERY_URL", "s3://bucket/people"), ("LAMBDA_TASK_ROOT", "/var/task"));
        Assert.Same(SqsEndpoint.Aws, options.Worker.Sqs);
        Assert.Equal(("s3://bucket/people", null), (options.GalleryUrl, options.Model));
        Assert.Contains("/var/task", options.Worker.Assets.Folders);
        Assert.Equal(options.Temporary, options.Worker.Assets.Folders[^1]);
        Assert.Null(options.ModelObject);
        Assert.Null(options.S3Endpoint);
    }

    [Fact]
    public void Every_variable_is_obeyed()
    {
        var options = From(("SIGHTLINE_GALLERY_URL", "file:///gallery"), ("SIGHTLINE_MODEL", "facenet-vggface2"), ("SIGHTLINE_RESPONSE_QUEUE", "out"), ("SIGHTLINE_THRESHOLD", "0.6"),
            ("SIGHTLINE_MODEL_URL", "s3://bucket/m.onnx"), ("SIGHTLINE_MODEL_SHA256", Sha256.ToUpperInvariant()), ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000"));
        Assert.Equal((FaceModel.FaceNet, "out", 0.6f), (options.Model, options.Worker.ResponseQueue, options.Worker.Threshold));
        Assert.Equal(("s3://bucket/m.onnx", Sha256), options.ModelObject);
        Assert.Equal("http://127.0.0.1:9000/", options.S3Endpoint!.AbsoluteUri);
    }

    [Fact]
    public void A_gallery_of_this_machine_does_where_none_was_published()
    {
        var options = From(("SIGHTLINE_GALLERY", "/g.db"), ("SIGHTLINE_MODEL", "builtin"));
        Assert.Equal((null, "/g.db", FaceModel.BuiltinName), (options.GalleryUrl, options.Worker.Gallery, options.Model!.Name));
    }

    [Fact]
    public void On_this_machine_the_key_that_was_given_signs_and_an_account_of_Amazons_does_not()
    {
        (string, string)[] given = [("SIGHTLINE_GALLERY", "/g.db"), ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9324"), ("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")];
        var here = SqsEndpoint.At(new Uri("http://127.0.0.1:9324"));
        Assert.Equal(here.SignedBy("id", "secret"), From(given).Worker.Sqs);
        Assert.NotEqual(here.SignedBy("id", "other"), From(given).Worker.Sqs);
        Assert.Equal(here, From([.. given, ("AWS_SESSION_TOKEN", "token")]).Worker.Sqs);
    }

    [Theory]
    [InlineData("SIGHTLINE_MODEL_SHA256", "abc")]
    [InlineData("SIGHTLINE_MODEL_SHA256", "")]
    [InlineData("AWS_ENDPOINT_URL_S3", "nowhere")]
    [InlineData("SIGHTLINE_MODEL", "FaceNet")]
    public void What_cannot_be_understood_is_said_with_what_was_wanted(string name, string value)
    {
        var error = Assert.Throws<WireException>(() => From(("SIGHTLINE_GALLERY_URL", "file:///g"), ("SIGHTLINE_MODEL_URL", "file:///m.onnx"), ("SIGHTLINE_MODEL_SHA256", Sha256), (name, value)));
        Assert.Contains("wanted", error.Message, StringComparison.Ordinal);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_gallery_it_says_how_to_publish_one() =>
        Assert.Contains("sightline people publish", Assert.Throws<WireException>(() => From()).Message, StringComparison.Ordinal);

    private static FunctionOptions From(params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string> { ["AWS_LAMBDA_RUNTIME_API"] = "127.0.0.1:9001" };
        foreach (var (name, value) in variables) environment[name] = value;
        return FunctionSettings.From(environment);
    }
}
