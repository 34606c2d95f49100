using System.Text;

namespace Sightline.Broker;

/// <summary>A small file of lines that is its owner's only (mode 0600).</summary>
internal static class OwnersFile
{
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Through a file beside it, so that a crash leaves the old one or the new one, never half of it.</summary>
    public static void Write(string file, List<string> lines)
    {
        var full = Path.GetFullPath(file);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var beside = full + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnersOnly;
        using (var writer = new StreamWriter(beside, new UTF8Encoding(false), options))
            lines.ForEach(writer.WriteLine);
        File.Move(beside, full, overwrite: true);
    }

    public static bool IsOthersToo(string file) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~(OwnersOnly | UnixFileMode.UserExecute)) != 0;
}
