using Sightline.Faces;

namespace Sightline.App;

/// <summary>Where <c>--draw</c> puts its pictures: one file, or a folder with one for each photograph.</summary>
internal sealed class Sketch
{
    private const int Quality = 92; // of a JPEG: above it the files grow and the lines look no better

    private readonly string _out;
    private readonly bool _isFolder;
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    private Sketch(string @out, bool isFolder) => (_out, _isFolder) = (@out, isFolder);

    /// <exception cref="Complaint">Several photographs cannot be drawn on one file; a photograph would be overwritten; an unknown ending.</exception>
    public static Sketch? For(string? target, IReadOnlyList<string> files)
    {
        if (target is null) return null;
        if (Directory.Exists(target) || Path.EndsInDirectorySeparator(target)) return new(target, true);
        if (files.Count > 1) throw Complaint.Usage($"--draw {target}: {files.Count} photographs do not fit on one picture; give a folder (--draw {target}/)");
        if (Path.GetExtension(target).ToUpperInvariant() is not (".PNG" or ".JPG" or ".JPEG")) throw Complaint.Usage($"--draw {target}: wanted a name that ends in .png or .jpg, or a folder");
        if (files.Any(file => Path.GetFullPath(file) == Path.GetFullPath(target))) throw Complaint.Usage($"--draw {target}: that is the photograph itself; give another name");
        return new(target, false);
    }

    /// <summary>Returns the path written.</summary>
    public string Draw(string file, Picture picture, IReadOnlyList<(Face Face, string Label)> faces)
    {
        var target = _isFolder ? Free(file) : _out;
        var drawn = Drawing.Annotate(picture, faces);
        if (Path.GetDirectoryName(Path.GetFullPath(target)) is { } folder) Directory.CreateDirectory(folder);
        File.WriteAllBytes(target, Path.GetExtension(target).Equals(".png", StringComparison.OrdinalIgnoreCase) ? ImageCodec.EncodePng(drawn) : ImageCodec.EncodeJpeg(drawn, Quality));
        return target;
    }

    // Two photographs of one name, from two folders, become name.png and name-2.png.
    private string Free(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        for (var copy = 1; ; copy++)
        {
            var target = Path.Combine(_out, copy == 1 ? $"{name}.png" : $"{name}-{copy}.png");
            if (Path.GetFullPath(target) != Path.GetFullPath(file) && _taken.Add(target)) return target;
        }
    }
}
