using Sightline.Faces;

namespace Sightline.App;

/// <summary>What the verbs that look at files share.</summary>
internal static class Seeing
{
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

    public static FaceQuality QualityOf(Picture picture, Face face) => FaceQuality.Of(face, Alignment.FivePoints112.Cut(picture, face));

    public static double ElapsedMs(Cli cli, long start) => Output.Milliseconds(cli.Time.GetElapsedTime(start).TotalMilliseconds);
}
