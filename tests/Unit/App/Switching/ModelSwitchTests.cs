using System.Text.Json;
using Sightline.App;
using Sightline.App.Switching;
using Sightline.Faces;
using Sightline.People;
using Sightline.Tests;

namespace Sightline.Unit.App.Switching;

/// <summary>A gallery of people who do not exist goes from one model to another. A second description of the built-in weights is another model, and embeds alike.</summary>
public sealed class ModelSwitchTests(ModelSwitchTests.Loaded loaded) : IClassFixture<ModelSwitchTests.Loaded>, IDisposable
{
    private static readonly FaceModel Second = FaceModel.Builtin with { Name = "second" };

    // A name only for a photograph that is itself: with that left out, for nobody.
    private static readonly FaceModel Strict = Second with { Threshold = Second.Threshold with { Similarity = .9999f } };

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-switch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Kept_faces_are_embedded_once_and_the_gallery_is_used_with_the_new_model()
    {
        Enrol();
        var line = await SwitchAsync(Second);
        Assert.Equal((FaceModel.Builtin.Id, Second.Id, 3, 3, 0, true), (Text(line, "from"), Text(line, "to"), Int(line, "embedded"), Int(line, "compared"), line.GetProperty("changed").GetArrayLength(), line.GetProperty("switched").GetBoolean()));
        Assert.Equal("second", Gallery.ModelNameIn(GalleryFile));

        Assert.Equal(0, Int(await SwitchAsync(Second), "embedded"));
        using var gallery = Open(Second);
        Assert.Equal(0, gallery.PhotosWithoutModel());
        Assert.Equal("Ada", gallery.Match(loaded.Embedder.Embed(Cast.Crop(20))).Name);
    }

    [Fact]
    public async Task Every_decision_that_changes_is_told_with_both_names_and_similarities()
    {
        Enrol();
        var line = await SwitchAsync(Strict, dryRun: true);
        var changed = line.GetProperty("changed").EnumerateArray().ToList();
        Assert.Equal(["Ada, alone.jpg", "Ada, portrait.jpg"], changed.Select(change => Text(change, "what")).Order(StringComparer.Ordinal));
        Assert.All(changed, change => Assert.Equal(("Ada", "unknown"), (Text(change, "from"), Text(change, "to"))));
        Assert.All(changed, change => Assert.Equal(change.GetProperty("from_similarity").GetDouble(), change.GetProperty("to_similarity").GetDouble(), 0.05)); // the kept picture is a JPEG
        Assert.Equal((.66f, .9999f), (line.GetProperty("from_threshold").GetSingle(), line.GetProperty("to_threshold").GetSingle()));

        Assert.False(line.GetProperty("switched").GetBoolean());
        Assert.Null(Gallery.ModelNameIn(GalleryFile));
        using var gallery = Open(Second);
        Assert.Equal(0, gallery.PhotosWithoutModel()); // what was made stays made
    }

    [Fact]
    public async Task The_last_faces_that_came_by_are_decided_again_by_both()
    {
        Enrol();
        var crop = ImageCodec.EncodeJpeg(Cast.Crop(20), 95);
        var when = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()); // what is older than a week is forgotten
        using (var journal = Journal.Open(GalleryFile, Journal.UsualKeep, TimeProvider.System))
        {
            var said = Said("r1", crop) with { Outcome = "unknown" }; // what was answered then counts for nothing where the old model can be asked again
            journal.Write([said, Said("r2", [1, 2, 3]), Said("r3", crop, "160-box"), Said("r4", crop) with { Outcome = "blurred" }]);
        }
        var line = await SwitchAsync(Strict, dryRun: true);
        Assert.Equal((1, 2), (Int(line, "faces_compared"), Int(line, "faces_left_out")));
        var change = line.GetProperty("faces_changed").EnumerateArray().Single();
        Assert.Equal(("front-door r1, face 1", "Ada", "unknown"), (Text(change, "what"), Text(change, "from"), Text(change, "to")));
        Assert.Equal(when, change.GetProperty("when").GetDateTimeOffset());

        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await new ModelSwitch(lines.Cli, GalleryFile, Second).RunAsync(loaded.Embedder, null, FaceModel.Builtin, true, false, CancellationToken.None));
        Assert.Matches("last faces +1 of 1 that came by are decided otherwise; 2 were kept without a crop for both models\n", lines.Out);
        Assert.Matches("[0-9-]{10} [0-9:]{8} front-door r1, face 1: unknown 0.30 -> Ada 0", lines.Out); // without it, what was answered

        Decision Said(string request, byte[] jpeg, string alignment = "112-five-points") => new()
        {
            RequestId = request,
            Device = "front-door",
            Face = 0,
            Box = new(0, 0, 100, 100),
            Score = 1,
            Quality = new(100, null, 0, 0, 0),
            Gates = [],
            Outcome = "known",
            Nearest = [new("somebody", .3f)],
            Threshold = FaceModel.Builtin.Threshold,
            Model = FaceModel.Builtin.Id,
            ReceivedAt = when,
            DecidedAt = when,
            EmbedMs = 1,
            SearchMs = 1,
            Crops = new Dictionary<string, byte[]> { [alignment] = jpeg },
        };
    }

    [Fact]
    public async Task What_is_interrupted_is_not_switched_and_goes_on_from_there()
    {
        Enrol();
        using (var gallery = Open(Second)) gallery.AddVector(gallery.PhotosToEmbed()[0].Photo, loaded.Embedder.Embed(Cast.Crop(20)));
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        var lines = Lines();
        var told = await Assert.ThrowsAsync<Complaint>(() => new ModelSwitch(lines.Cli, GalleryFile, Second).RunAsync(loaded.Embedder, null, FaceModel.Builtin, false, false, stopped.Token));
        Assert.Contains("0 of 2 photographs have a vector", told.Message, StringComparison.Ordinal);
        Assert.Null(Gallery.ModelNameIn(GalleryFile));

        Assert.Equal(2, Int(await SwitchAsync(Second), "embedded"));
    }

    [Fact]
    public async Task Photographs_without_a_picture_and_broken_ones_are_listed_with_whom_that_makes_unknown()
    {
        Enrol();
        using (var gallery = Open(FaceModel.Builtin))
        {
            gallery.EnrollVectors([("Zoë", [1, .. new float[127]]), ("Ada", [0, 1, .. new float[126]])], "data.pt");
            gallery.Enroll("Cem", [0, 0, 1, .. new float[125]], new([1, 2, 3], new(new(1, 2), new(7, 2), new(4, 5), new(2, 7), new(6, 7)), new(0, 0, 9, 9)), "cem.jpg");
        }
        var lines = Lines();
        Assert.Equal(ExitCode.Failed, await new ModelSwitch(lines.Cli, GalleryFile, Second).RunAsync(loaded.Embedder, null, FaceModel.Builtin, false, false, CancellationToken.None));
        Assert.Matches("no picture +came as vectors alone, which cannot be embedded again: photographs of Zoë, Ada\n", lines.Out);
        Assert.Matches("broken +pictures that could not be read: Cem: cem.jpg\n", lines.Out);
        Assert.Matches("unknown +2 people whom second cannot know, having no photograph of them: Cem, Zoë\n", lines.Out);
        Assert.Matches("in use +second from now on", lines.Out);
    }

    [Fact]
    public async Task A_calibrated_threshold_stays_with_its_model_and_other_crops_are_told()
    {
        Enrol();
        using (var gallery = Open(FaceModel.Builtin)) gallery.Calibrate(.7f, "a test");
        var lines = Lines();
        var boxes = FaceModel.Builtin with { Alignment = Alignment.Box160 };
        Assert.Equal(ExitCode.Fine, await new ModelSwitch(lines.Cli, GalleryFile, Second).RunAsync(loaded.Embedder, null, FaceModel.Builtin, true, false, CancellationToken.None));
        Assert.Matches("threshold +0.70 \\(calibrated\\) -> 0.66 \\(measured on samples\\)\n", lines.Out);
        Assert.Contains("`sightline people calibrate --model second` measures one for second", lines.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("--alignment", lines.Out, StringComparison.Ordinal);

        lines = Lines();
        Assert.Equal(ExitCode.Fine, await new ModelSwitch(lines.Cli, GalleryFile, Second).RunAsync(loaded.Embedder, null, boxes, true, false, CancellationToken.None));
        Assert.Contains("`sightline edge --alignment 112-five-points`", lines.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_raised_preprocessing_version_is_another_model_of_the_same_name()
    {
        Enrol();
        var raised = FaceModel.Builtin with { Preprocessing = 2 };
        Assert.Equal(FaceModel.Builtin.Id, raised.OlderForm(FaceModel.Builtin.Id)!.Id);
        Assert.Null(raised.OlderForm(Second.Id));
        Assert.Null(FaceModel.Builtin.OlderForm(raised.Id));

        var lines = Lines();
        using (GalleryOption.OpenToAsk(lines.Cli, GalleryFile, raised)) { }
        Assert.Contains($"3 photographs in {GalleryFile} have no vector of {raised.Id}, but of {FaceModel.Builtin.Id}", lines.Error, StringComparison.Ordinal);
        Assert.Contains("`sightline models use builtin` makes them of the kept pictures", lines.Error, StringComparison.Ordinal);

        Assert.Equal(3, Int(await SwitchAsync(raised), "embedded"));
        using var gallery = Open(raised);
        Assert.Equal([(FaceModel.Builtin.Id, 3), (raised.Id, 3)], gallery.Models());
    }

    [Fact]
    public async Task Verbs_take_the_gallerys_model_where_none_is_named()
    {
        Enrol();
        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("models", "use", "builtin", "--json"));
        Assert.Equal(0, Int(JsonDocument.Parse(lines.Out).RootElement, "embedded"));

        var photo = Path.Combine(_folder, "alone.jpg");
        await File.WriteAllBytesAsync(photo, Cast.Alone(20), TestContext.Current.CancellationToken);
        lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("identify", photo, "--json"));
        Assert.Contains($"\"model\":\"{FaceModel.Builtin.Id}\"", lines.Out, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"Ada\"", lines.Out, StringComparison.Ordinal);

        using (var gallery = Open(FaceModel.MobileFaceNet with { Name = "tomorrow" })) gallery.UseModel();
        lines = Lines();
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("identify", photo));
        Assert.Contains("is used with model tomorrow, which this Sightline does not know", lines.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_its_weights_nothing_is_done()
    {
        Enrol();
        var lines = Lines();
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("models", "use", "facenet-vggface2"));
        Assert.Contains("`sightline assets pull facenet`", lines.Error, StringComparison.Ordinal);
        Assert.Null(Gallery.ModelNameIn(GalleryFile));
        using var gallery = Open(FaceModel.FaceNet);
        Assert.Equal(3, gallery.PhotosWithoutModel());
    }

    [Fact]
    public async Task From_the_builtin_model_to_the_published_one_and_back()
    {
        var assets = Path.GetDirectoryName(Path.GetDirectoryName(Shared.Require("assets/MobileFaceNet.onnx")))!;
        Enrol();
        using (var gallery = Open(FaceModel.Builtin)) gallery.UseModel();
        foreach (var (name, embedded) in new[] { ("mobilefacenet", 3), ("builtin", 0) })
        {
            var lines = new Lines(("SIGHTLINE_GALLERY", GalleryFile), ("SIGHTLINE_ASSETS", assets));
            Assert.Equal(ExitCode.Fine, await lines.RunAsync("models", "use", name, "--json"));
            var line = JsonDocument.Parse(lines.Out).RootElement;
            Assert.Equal((embedded, 3), (Int(line, "embedded"), Int(line, "compared")));
            Assert.Equal(name, Gallery.ModelNameIn(GalleryFile));
        }
    }

    private string GalleryFile => Path.Combine(_folder, "gallery.db");

    private Gallery Open(FaceModel model) => Gallery.Open(GalleryFile, model, TimeProvider.System);

    private Lines Lines() => new(("SIGHTLINE_GALLERY", GalleryFile), ("SIGHTLINE_ASSETS", _folder), ("XDG_CACHE_HOME", _folder));

    /// <summary>Two photographs of Ada and one of Bob, with the built-in model.</summary>
    private void Enrol()
    {
        using var gallery = Open(FaceModel.Builtin);
        foreach (var (name, photo, source) in new[] { ("Ada", Cast.Portrait(20), "portrait.jpg"), ("Ada", Cast.Alone(20), "alone.jpg"), ("Bob", Cast.Portrait(31), "bob.jpg") })
            Assert.IsType<Enrolled>(Enroller.Enroll(gallery, loaded.Detector, loaded.Embedder, name, photo, source));
    }

    private async Task<JsonElement> SwitchAsync(FaceModel to, bool dryRun = false)
    {
        var lines = Lines();
        using var embedder = Embedder.Load(to, new AssetStore([]));
        Assert.Equal(ExitCode.Fine, await new ModelSwitch(lines.Cli, GalleryFile, to).RunAsync(embedder, loaded.Embedder, FaceModel.Builtin, dryRun, json: true, CancellationToken.None));
        return JsonDocument.Parse(lines.Out).RootElement;
    }

    private static int Int(JsonElement element, string key) => element.GetProperty(key).GetInt32();

    private static string? Text(JsonElement element, string key) => element.GetProperty(key).GetString();

    public sealed class Loaded : IDisposable
    {
        private static readonly AssetStore Nothing = new([]);

        public Embedder Embedder { get; } = Embedder.Load(FaceModel.Builtin, Nothing);

        public Mtcnn Detector { get; } = Mtcnn.Load(DetectorModel.Builtin, Nothing);

        public void Dispose() => Embedder.Dispose();
    }
}
