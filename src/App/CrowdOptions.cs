using System.CommandLine;
using System.Globalization;
using Sightline.Device;
using Sightline.Device.Synthetic;

namespace Sightline.App;

/// <summary>Who stands before a synthetic camera: the same options, and so the same people in the same frames, on every verb that has one.</summary>
internal sealed record CrowdOptions(Option<int> Strangers, Option<int> Faces, Option<int> Seed)
{
    /// <summary>How many people where nobody says.</summary>
    public const int People = 12;

    // Three of each, so that nobody is seen only from their worst side.
    private const int FramesEach = 3;

    // Some 30 MB of JPEG, and half a minute of one core (docs/synthetic.md).
    private const int MostPrerendered = 1000;

    /// <param name="verb">Gets the options.</param>
    /// <param name="when">Ends what their help says where they are asked only sometimes.</param>
    public static CrowdOptions On(Verb verb, string when = "") => new(
        verb.Number("--strangers", 0, 0, 100_000, "How many others, of whom there is no photograph to enrol" + when),
        verb.Number("--faces", 1, 1, 20, "At most so many faces in a frame" + when),
        verb.Number("--seed", 1, 0, int.MaxValue, "Another number gives other frames of the same people" + when));

    public SyntheticOptions Of(ParseResult parsed, int people, int width, int height) => new()
    {
        People = people,
        Strangers = parsed.GetValue(Strangers),
        MostFaces = parsed.GetValue(Faces),
        Seed = (ulong)parsed.GetValue(Seed),
        Width = width,
        Height = height,
        SmallestFace = height * .2f,
        LargestFace = height * .4f,
    };

    /// <summary>How many frames where nobody says: three for each of them all.</summary>
    public static int CountOf(SyntheticOptions options) => FramesEach * (options.People + options.Strangers);

    /// <summary>One source for each device; with <paramref name="prerender"/> it takes as long as rendering does, and says how long that was.</summary>
    public static IReadOnlyList<IFrameSource> Sources(Cli cli, SyntheticOptions crowd, int devices, int count, bool prerender, CancellationToken stop)
    {
        var camera = new SyntheticCamera(crowd);
        if (!prerender) return SyntheticSource.Live(camera, devices, count);
        var start = cli.Time.GetTimestamp();
        var (sources, rendered) = SyntheticSource.Prerendered(camera, devices, count, MostPrerendered, Environment.ProcessorCount, stop);
        var again = rendered < (long)devices * count ? ", which are sent over and over" : "";
        cli.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rendered {Wording.Count(rendered, "frame")} in {cli.Time.GetElapsedTime(start).TotalSeconds:0.0} s{again}"));
        return sources;
    }
}
