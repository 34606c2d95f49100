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

    /// <summary>What has to be fetched where it is not there yet.</summary>
    public IReadOnlyList<Asset> Assets => [.. DetectorAssets, .. RecognizerAssets];

    public IReadOnlyList<Asset> DetectorAssets => [.. Detector.Files.Select(file => file.Asset).OfType<Asset>()];

    public IReadOnlyList<Asset> RecognizerAssets => Recognizer.Weights.Asset is { } asset ? [asset] : [];

    public async Task<Mtcnn> LoadDetectorAsync(Cli cli)
    {
        await Pulling.FetchMissingAsync(cli, DetectorAssets, CancellationToken.None);
        return Mtcnn.Load(Detector, cli.Assets);
    }

    /// <summary>Both, loaded at the same time.</summary>
    public async Task<(Mtcnn Detector, Embedder Embedder)> LoadAsync(Cli cli)
    {
        await Pulling.FetchMissingAsync(cli, Assets, CancellationToken.None);
        if (this != Published) cli.Error.WriteLine($"detector {Detector.Name} ({Detector.Source}), model {Recognizer.Name}, threshold {Recognizer.Threshold:0.00}");
        return await LoadAsync(cli.Assets);
    }

    /// <summary>Both, of files that are there.</summary>
    public async Task<(Mtcnn Detector, Embedder Embedder)> LoadAsync(AssetStore assets)
    {
        var embedder = Task.Run(() => Embedder.Load(Recognizer, assets));
        var detector = Mtcnn.Load(Detector, assets);
        return (detector, await embedder);
    }
}

/// <summary><c>--detector</c> and <c>--model</c>, on the verbs that find faces and on those that name them.</summary>
internal sealed record ModelOptions(Option<string?>? Detector, Option<string>? Recognizer)
{
    private const string Own = "builtin: our own weights, trained on synthetic people, nothing to fetch, only for trying things out";

    /// <summary>For verbs that only find.</summary>
    public static ModelOptions Finding(Verb verb) => new(OfDetector(verb, "mtcnn"), null);

    /// <summary>For verbs that only name.</summary>
    public static ModelOptions Naming(Verb verb) => new(null, OfRecognizer(verb));

    /// <summary>For verbs that do both: nobody who asks for the built-in model wants to fetch a detector.</summary>
    public static ModelOptions Both(Verb verb) => new(OfDetector(verb, "the one that goes with --model"), OfRecognizer(verb));

    public Models Of(ParseResult parsed)
    {
        var recognizer = Recognizer is not null && parsed.GetValue(Recognizer) == FaceModel.BuiltinName ? FaceModel.Builtin : FaceModel.MobileFaceNet;
        var detector = (Detector is null ? null : parsed.GetValue(Detector)) ?? (recognizer.Name == FaceModel.BuiltinName ? DetectorModel.BuiltinName : DetectorModel.Mtcnn.Name);
        return new(detector == DetectorModel.BuiltinName ? DetectorModel.Builtin : DetectorModel.Mtcnn, recognizer);
    }

    private static Option<string?> OfDetector(Verb verb, string otherwise) =>
        verb.ChoiceOrNone("--detector", $"Whose weights find faces. mtcnn: facenet-pytorch's; {Own}; else {otherwise}", DetectorModel.Mtcnn.Name, DetectorModel.BuiltinName);

    private static Option<string> OfRecognizer(Verb verb) =>
        verb.Choice("--model", FaceModel.MobileFaceNet.Name, $"What names faces. {Own}; people enrolled with one are strangers to the other", FaceModel.MobileFaceNet.Name, FaceModel.BuiltinName);
}
