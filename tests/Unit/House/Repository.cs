using System.Runtime.CompilerServices;

namespace Sightline.Unit.House;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every C# file that people wrote, as paths relative to the root with forward slashes.</summary>
    public static IEnumerable<string> Sources() =>
        from room in new[] { "src", "tests", "bench", "train" }
        from file in Directory.EnumerateFiles(Path.Combine(Root, room), "*.cs", SearchOption.AllDirectories)
        select Path.GetRelativePath(Root, file).Replace('\\', '/');

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
