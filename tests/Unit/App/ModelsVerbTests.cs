using System.Text.Json;
using Sightline.App;
using Sightline.App.Verbs;
using Sightline.Faces;

namespace Sightline.Unit.App;

public sealed class ModelsVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-models-").FullName;
    private readonly Lines _lines;

    public ModelsVerbTests() => _lines = new(("SIGHTLINE_ASSETS", _folder), ("XDG_CACHE_HOME", _folder), ("SIGHTLINE_GALLERY", Path.Combine(_folder, "gallery.db")));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_list_has_every_model_with_what_it_takes_and_where_its_threshold_comes_from()
    {
        Assert.Equal(ExitCode.Fine, await _lines.RunAsync("models", "list", "--json"));

        var lines = _lines.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(FaceModel.All.Select(model => model.Name), lines.Select(line => line.GetProperty("name").GetString()));
        var facenet = lines[1];
        Assert.Equal("facenet-vggface2-281cebca-p1", facenet.GetProperty("id").GetString());
        Assert.Equal("missing", facenet.GetProperty("state").GetString());
        Assert.Equal(("160-box", 160, 512), (facenet.GetProperty("alignment").GetString(), facenet.GetProperty("side").GetInt32(), facenet.GetProperty("dimensions").GetInt32()));
        Assert.Equal("published", facenet.GetProperty("threshold_source").GetString());
        Assert.Contains("https://", facenet.GetProperty("threshold_because").GetString(), StringComparison.Ordinal);

        var text = new Lines(("SIGHTLINE_ASSETS", _folder), ("XDG_CACHE_HOME", _folder));
        Assert.Equal(ExitCode.Fine, await text.RunAsync("models", "list"));
        Assert.Contains("mobilefacenet (default): missing", text.Out, StringComparison.Ordinal);
        Assert.Contains("112x112 RGB cut by 112-five-points", text.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_half_downloaded_model_is_wrong_and_not_passed_over()
    {
        var half = Path.Combine(_folder, FaceModel.MobileFaceNet.Weights.Asset!.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(half)!);
        await File.WriteAllBytesAsync(half, new byte[1000], TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Failed, await _lines.RunAsync("models", "verify"));

        Assert.Contains("mobilefacenet: wrong", _lines.Out, StringComparison.Ordinal);
        Assert.Contains("half-downloaded", _lines.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demo", "--model", "facenet-vggface2")]
    [InlineData("models", "verify", "facenet-vggface2")]
    public async Task Without_its_checkpoint_facenet_says_which_file_from_where_and_what_to_do_and_fetches_nothing(params string[] args)
    {
        Assert.Equal(ExitCode.Failed, await _lines.RunAsync(args));

        Assert.Contains("assets/20180402-114759-vggface2.pt", _lines.Error, StringComparison.Ordinal);
        Assert.Contains("https://github.com/timesler/facenet-pytorch/releases", _lines.Error, StringComparison.Ordinal);
        Assert.Contains(_folder, _lines.Error, StringComparison.Ordinal);
        Assert.Contains("`sightline assets pull facenet`", _lines.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("fetching", _lines.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder));
    }

    [Fact]
    public async Task Verify_shows_the_known_face_to_what_is_there()
    {
        Assert.Equal(ExitCode.Fine, await _lines.RunAsync("models", "verify"));

        Assert.Equal("builtin: ok, built in\n", _lines.Out);
    }

    [Fact]
    public async Task What_cannot_be_imported_is_told_with_the_page_to_read()
    {
        var file = Path.Combine(_folder, "holiday.jpg");
        await File.WriteAllTextAsync(file, "no checkpoint", TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Failed, await _lines.RunAsync("models", "import", file));

        Assert.Contains(file, _lines.Error, StringComparison.Ordinal);
        Assert.Contains("docs/operate.md#model-files", _lines.Error, StringComparison.Ordinal);
        Assert.Equal([file], Directory.EnumerateFiles(_folder));
    }

    [Fact]
    public void What_is_large_is_pulled_only_when_it_is_asked_for_by_name()
    {
        Assert.DoesNotContain(AssetsVerb.Chosen([], _ => false), asset => asset.OnRequest is not null);
        Assert.Contains(AssetsVerb.Chosen([], _ => true), asset => asset.OnRequest == "facenet");
        Assert.Equal(FaceModel.FaceNet.Weights.Asset, Assert.Single(AssetsVerb.Chosen(["facenet"], _ => false)));
        Assert.DoesNotContain(Models.Published.Assets, asset => asset.OnRequest is not null);
        Assert.DoesNotContain(new Models(DetectorModel.Mtcnn, FaceModel.FaceNet).Assets, asset => asset.OnRequest is not null);
    }
}
