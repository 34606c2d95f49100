using System.Runtime.CompilerServices;

namespace Sightline.Tests;

/// <summary>
/// The golden data, photographs and published weights that lie beside the checkout and never in it.
/// Where they are missing, a test that needs them is skipped by name.
/// </summary>
internal static class Shared
{
    private static readonly string? Folder = Find();

    /// <summary>The absolute path of a file or folder, or the end of the test: skipped, saying what it lacked.</summary>
    public static string Require(string path)
    {
        var full = Folder is null ? null : Path.Combine(Folder, path);
        if (full is null || !(File.Exists(full) || Directory.Exists(full)))
            Assert.Skip($"needs ../shared/{path}");
        return full!;
    }

    public static byte[] Read(string path) => File.ReadAllBytes(Require(path));

    private static string? Find([CallerFilePath] string here = "")
    {
        var beside = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "shared"));
        return Directory.Exists(beside) ? beside : null;
    }
}
