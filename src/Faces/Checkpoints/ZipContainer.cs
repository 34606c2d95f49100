using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Sightline.Faces.Checkpoints;

/// <summary>
/// PyTorch's container since version 1.6: a zip archive of one folder that holds data.pkl (the object), data/KEY (the raw values of each
/// storage) and small marks such as byteorder; nothing in it is compressed, so that it can be mapped into memory
/// (github.com/pytorch/pytorch, torch/serialization.py, _save, and caffe2/serialize/inline_container.h).
/// </summary>
internal static class ZipContainer
{
    // The directory has some 100 bytes for each storage. This is room for 40,000, and keeps what is made of it small.
    private const int LargestDirectory = 4 * 1024 * 1024;

    // The end of central directory record and the longest comment that can follow it (APPNOTE.TXT, 4.3.16).
    private const int EndRecord = 22, LongestComment = ushort.MaxValue;

    public static bool IsOne(ReadOnlySpan<byte> file) => file.StartsWith("PK"u8);

    /// <summary>The object in data.pkl, every storage that it names filled.</summary>
    /// <param name="file">All of it.</param>
    /// <param name="what">What the object should be, for errors.</param>
    public static object? Read(ReadOnlyMemory<byte> file, string what)
    {
        CheckDirectory(file.Span);
        var bytes = MemoryMarshal.TryGetArray(file, out var array) ? array : new ArraySegment<byte>(file.ToArray());
        using var archive = new ZipArchive(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false), ZipArchiveMode.Read);
        var entries = Entries(archive, file.Length, out var folder);

        if (entries.TryGetValue($"{folder}byteorder", out var order) && !Content(order).AsSpan().SequenceEqual("little"u8))
            throw new InvalidDataException("byteorder does not say little; files of big-endian machines are not read");
        var pickle = new PickleReader(Content(entries[$"{folder}data.pkl"]));
        var root = pickle.Read(what);
        foreach (var (key, storage) in pickle.Storages)
        {
            var wanted = checked(storage.Count * storage.Type.Bytes);
            if (!entries.TryGetValue($"{folder}data/{key}", out var entry))
                throw new InvalidDataException($"storage {key} is not in the file: it has no {folder}data/{key}");
            if (entry.Length != wanted)
                throw new InvalidDataException($"{entry.FullName} has {entry.Length} bytes, wanted {wanted} for {storage.Count} {storage.Type.Name} values, as its tensors say");
            storage.Fill(Content(entry));
        }
        return root;
    }

    /// <summary>
    /// By name, all below the folder of data.pkl. What they announce is no more than the file has, so no entry can unfold into more than that.
    /// </summary>
    private static Dictionary<string, ZipArchiveEntry> Entries(ZipArchive archive, long fileLength, out string folder)
    {
        const string pickle = "data.pkl";
        folder = archive.Entries.Select(entry => entry.FullName).FirstOrDefault(name => name.EndsWith($"/{pickle}", StringComparison.Ordinal))?[..^pickle.Length]
            ?? throw new InvalidDataException($"a zip archive without FOLDER/{pickle}, so not one that PyTorch wrote");
        var entries = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        var announced = 0L;
        foreach (var entry in archive.Entries)
        {
            var name = entry.FullName;
            // Nothing is ever unpacked to a disk; but who writes such names means no good.
            if (!name.StartsWith(folder, StringComparison.Ordinal) || name.Contains('\\') || name.Split('/').Any(part => part is "" or "." or ".."))
                throw new InvalidDataException($"refused entry '{Shown(name)}': wanted names below {Shown(folder)}, as PyTorch gives them");
            if (!entries.TryAdd(name, entry)) throw new InvalidDataException($"two entries are called {Shown(name)}");
            if (entry.CompressedLength != entry.Length)
                throw new InvalidDataException($"{Shown(name)} is compressed, {entry.Length} bytes into {entry.CompressedLength}; PyTorch stores what it writes as it is: save the checkpoint with torch.save");
            announced = checked(announced + entry.Length);
            if (announced > fileLength) throw new InvalidDataException($"the entries announce more than the {fileLength} bytes that the file has, up to {Shown(name)}");
        }
        return entries;
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length ? bytes : throw new InvalidDataException($"truncated in {Shown(entry.FullName)}: wanted {bytes.Length} bytes, got {read}");
    }

    /// <summary>Before the library reads the directory, and makes an object of each entry, that there are not millions of them.</summary>
    private static void CheckDirectory(ReadOnlySpan<byte> file)
    {
        var tail = file[Math.Max(0, file.Length - EndRecord - LongestComment)..];
        var at = tail.LastIndexOf("PK\x05\x06"u8);
        if (at < 0 || tail.Length - at < EndRecord) throw new InvalidDataException("truncated: the zip container's directory, which is the end of the file, is missing");
        var end = tail[at..];
        var disk = BinaryPrimitives.ReadUInt16LittleEndian(end[4..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        var start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        // All ones: the real number is elsewhere, in 64 bits. Neither 65,535 entries nor 4 GiB are a file that is read here.
        if (disk == ushort.MaxValue || count == ushort.MaxValue || start == uint.MaxValue || file.Length - (long)start > LargestDirectory)
            throw new InvalidDataException($"the zip container's directory has more than {LargestDirectory} bytes or 65,534 entries; a file of this kind has a few hundred");
        if (start > file.Length) throw new InvalidDataException($"truncated: the zip container's directory should begin at byte {start}, the file has {file.Length}");
    }

    private static string Shown(string name) => name.Length <= 100 ? name : $"{name[..100]}…";
}
