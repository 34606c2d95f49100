using System.Runtime.CompilerServices;

namespace Sightline.Pipeline.Deploy;

/// <summary>What of deploy/ is run as it lies there.</summary>
internal static class Checkout
{
    public static string Root { get; } = RootOf();

    public static string Deploy(string path) => Path.Combine(Root, "deploy", path);

    private static string RootOf([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
