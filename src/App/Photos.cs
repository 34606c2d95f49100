using System.Diagnostics.CodeAnalysis;
using Sightline.Faces;

namespace Sightline.App;

/// <summary>Image files as the command line names them.</summary>
internal static class Photos
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp"];

    // A photograph of 16 megapixels, the most that is decoded, has some 48 MB where nothing at all was compressed.
    private const long MaxBytes = 64 * 1024 * 1024;

    public static bool IsPhoto(string file) => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    /// <summary>Files stay as they are, whatever their ending; a folder becomes the photographs in it and below, in natural order.</summary>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths) => [.. paths.SelectMany(path => Directory.Exists(path) ? In(path) : [path])];

    /// <exception cref="Complaint">There is none in the folder.</exception>
    private static List<string> In(string folder)
    {
        var found = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsPhoto).Order(NaturalOrder.Instance).ToList();
        return found.Count > 0 ? found : throw new Complaint($"{folder} has no photographs; wanted files that end in {string.Join(", ", Endings)}");
    }

    /// <summary>Reads and decodes; <paramref name="problem"/> names the file.</summary>
    public static bool TryDecode(string file, [NotNullWhen(true)] out Picture? picture, [NotNullWhen(false)] out string? problem)
    {
        picture = null;
        if (!TryRead(file, out var bytes, out problem)) return false;
        if (ImageCodec.TryDecode(bytes, out picture, out var why)) return true;
        problem = $"{file}: {why}";
        return false;
    }

    /// <summary>Reads; <paramref name="problem"/> names the file.</summary>
    public static bool TryRead(string file, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out string? problem)
    {
        (bytes, problem) = (null, null);
        try
        {
            var info = new FileInfo(file);
            if (!info.Exists) problem = $"{file}: there is no such file";
            else if (info.Length > MaxBytes) problem = $"{file}: has {info.Length:N0} bytes, at most {MaxBytes:N0} are read";
            else bytes = File.ReadAllBytes(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = $"{file}: {failure.Message}";
        }
        return bytes is not null;
    }
}
