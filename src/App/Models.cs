using System.CommandLine;
using Sightline.Faces;

namespace Sightline.App;

/// <summary>What finds faces and what names them.</summary>
internal sealed record Models(DetectorModel Detector, FaceModel Recognizer)
{
    /// <summary>facenet-pytorch's detector and foamliu's MobileFaceNet; to be fetched once.</summary>
    public static Models Published { get; } = new(DetectorModel.Mtcnn, FaceModel.MobileFaceNet);

    /// <summary>Ours, for trying things out: nothing to fetch.</summary>
    public static Models Builtin => field ??= new(DetectorModel.Builtin, FaceModel.Builtin);

    /// <summary>A recognizer with the detector that goes with it.</summary>
    public static Models With(FaceModel recognizer) => recognizer.Name == FaceModel.BuiltinName ? Builtin : new(DetectorModel.Mtcnn, recognizer);

    /// <summary>What has to be fetched where it is not there yet; without what is fetched only on request.</summary>
    public IReadOnlyList<Asset> Assets => [.. DetectorAssets, .. RecognizerAssets];

    private IReadOnlyList<Asset> DetectorAssets => [.. Detector.Files.Select(file => file.Asset).OfType<Asset>()];

    private IReadOnlyList<Asset> RecognizerAssets => Recognizer.Weights.Asset is { OnRequest: null } asset ? [asset] : [];

    public Task PrepareDetectorAsync(Cli cli, CancellationToken cancel) => Pulling.FetchMissingAsync(cli, DetectorAssets, cancel);

    /// <exception cref="AssetException">The weights could not be fetched, or are fetched only on request and are not there.</exception>
    public async Task PrepareRecognizerAsync(Cli cli, CancellationToken cancel)
    {
        Import(cli);
        await Pulling.FetchMissingAsync(cli, RecognizerAssets, cancel);
    }

    /// <exception cref="AssetException">Something could not be fetched, or is fetched only on request and is not there.</exception>
    public async Task PrepareAsync(Cli cli, CancellationToken cancel)
    {
        Import(cli);
        await Pulling.FetchMissingAsync(cli, Assets, cancel);
    }

    public async Task<Mtcnn> LoadDetectorAsync(Cli cli)
    {
        await PrepareDetectorAsync(cli, CancellationToken.None);
        return Mtcnn.Load(Detector, cli.Assets);
    }

    /// <summary>Both, loaded at the same time.</summary>
    public async Task<(Mtcnn Detector, Embedder Embedder)> LoadAsync(Cli cli)
    {
        await PrepareAsync(cli, CancellationToken.None);
        if (this != Published) cli.Error.WriteLine($"detector {Detector.Name} ({Detector.Source}), model {Recognizer.Name}");
        return await LoadAsync(cli.Assets);
    }

    /// <summary>Both, of files that are there.</summary>
    public async Task<(Mtcnn Detector, Embedder Embedder)> LoadAsync(AssetStore assets)
    {
        var embedder = Task.Run(() => Embedder.Load(Recognizer, assets));
        var detector = Mtcnn.Load(Detector, assets);
        return (detector, await embedder);
    }

    /// <summary>Makes the recognizer's graph where one has to be made. Comes first of all, so that who lacks a file that is not fetched unasked is told before others are fetched.</summary>
    /// <exception cref="AssetException">The weights are fetched only on request and are not there.</exception>
    public void Import(Cli cli)
    {
        if (Recognizer.Weights.NeedsImport(cli.Assets)) cli.Error.WriteLine($"importing {Recognizer.Weights.Find(cli.Assets)}, once; it takes some seconds");
        Recognizer.Weights.Import(cli.Assets);
    }
}

/// <summary><c>--detector</c> and <c>--model</c>, on the verbs that find faces and on those that name them.</summary>
internal sealed record ModelOptions(Option<string?>? Detector, Option<string?>? Recognizer)
{
    private const string Own = "builtin: our own weights, trained on synthetic people, nothing to fetch, only for trying things out";

    /// <summary>For verbs that only find.</summary>
    public static ModelOptions Finding(Verb verb) => new(OfDetector(verb, "mtcnn"), null);

    /// <summary>For verbs that only name.</summary>
    public static ModelOptions Naming(Verb verb) => new(null, OfRecognizer(verb));

    /// <summary>For verbs that do both: nobody who asks for the built-in model wants to fetch a detector.</summary>
    public static ModelOptions Both(Verb verb) => new(OfDetector(verb, "the one that goes with --model"), OfRecognizer(verb));

    /// <param name="parsed">The command line.</param>
    /// <param name="gallery">Whose model is taken where none is named; null where there is no gallery.</param>
    public Models Of(ParseResult parsed, string? gallery = null)
    {
        var recognizer = Recognizer is not null && parsed.GetValue(Recognizer) is { } name && FaceModel.TryGet(name, out var named) ? named
            : gallery is not null ? GalleryOption.ModelOf(gallery)
            : FaceModel.MobileFaceNet;
        return (Detector is null ? null : parsed.GetValue(Detector)) switch
        {
            null => Models.With(recognizer),
            DetectorModel.BuiltinName => new(DetectorModel.Builtin, recognizer),
            _ => new(DetectorModel.Mtcnn, recognizer),
        };
    }

    private static Option<string?> OfDetector(Verb verb, string otherwise) =>
        verb.ChoiceOrNone("--detector", $"Whose weights find faces. mtcnn: facenet-pytorch's; {Own}; else {otherwise}", DetectorModel.Mtcnn.Name, DetectorModel.BuiltinName);

    private static Option<string?> OfRecognizer(Verb verb) =>
        verb.ChoiceOrNone("--model", $"What names faces. facenet-vggface2: larger, its checkpoint is fetched by `sightline assets pull facenet`; {Own}; people enrolled with one are strangers to the others; else what the gallery is used with (`sightline models use`), at first {FaceModel.Names[0]}",
            [.. FaceModel.Names]);
}
