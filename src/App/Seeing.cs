using Sightline.Faces;

namespace Sightline.App;

/// <summary>What the verbs that look at files share: the models, fetched where they are missing, and photograph after photograph.</summary>
internal static class Seeing
{
    private static readonly string[] DetectorFiles = ["assets/pnet.pt", "assets/rnet.pt", "assets/onet.pt"];

    public static FaceModel Model => FaceModel.MobileFaceNet;

    /// <summary>What the detector and the recognition model are made of.</summary>
    public static IReadOnlyList<Asset> Models => [.. AssetStore.Manifest.Where(asset => DetectorFiles.Contains(asset.Path) || asset.Path == Model.AssetPath)];

    public static IReadOnlyList<Asset> DetectorModels => [.. Models.Where(asset => asset.Path != Model.AssetPath)];

    public static IReadOnlyList<Asset> RecognizerModels => [.. Models.Where(asset => asset.Path == Model.AssetPath)];

    public static async Task<Mtcnn> DetectorAsync(Cli cli)
    {
        await Pulling.FetchMissingAsync(cli, DetectorModels, CancellationToken.None);
        return Mtcnn.Load(cli.Assets);
    }

    /// <summary>Both, loaded at the same time.</summary>
    public static async Task<(Mtcnn Detector, Embedder Embedder)> BothAsync(Cli cli)
    {
        await Pulling.FetchMissingAsync(cli, Models, CancellationToken.None);
        var embedder = Task.Run(() => Embedder.Load(Model, cli.Assets));
        var detector = Mtcnn.Load(cli.Assets);
        return (detector, await embedder);
    }

    /// <summary>Does <paramref name="look"/> for each file that can be read, and complains of each that cannot; the exit code says whether there was one.</summary>
    public static int Each(Cli cli, IReadOnlyList<string> files, Action<string, Picture> look)
    {
        var code = ExitCode.Fine;
        foreach (var file in files)
        {
            if (Photos.TryDecode(file, out var picture, out var problem)) look(file, picture);
            else
            {
                cli.Error.WriteLine($"sightline: {problem}");
                code = ExitCode.Failed;
            }
        }
        return code;
    }

    public static double ElapsedMs(Cli cli, long start) => Output.Milliseconds(cli.Time.GetElapsedTime(start).TotalMilliseconds);
}
