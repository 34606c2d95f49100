using System.Security.Cryptography;
using Sightline.Faces.Checkpoints;

namespace Sightline.Faces.FaceNet;

/// <summary>A graph for ONNX Runtime that was made of a checkpoint, and lies in a file of its own.</summary>
/// <param name="File">Its full path.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="CheckpointSha256">Of what it was made of; 64 lower-case hexadecimal digits.</param>
/// <param name="Sha256">Of itself.</param>
public sealed record ImportedGraph(string File, long Bytes, string CheckpointSha256, string Sha256);

/// <summary>
/// Makes FaceNet's graph of a checkpoint, once: NAME.pt becomes NAME.CHECKPOINT.vN.GRAPH.onnx, with the first digits of both hashes and the
/// importer's version in its name. So a graph is found without reading the checkpoint, is checked against its own name, and one that an older
/// importer made is not taken.
/// </summary>
public static class GraphImport
{
    /// <summary>To be raised whenever another graph is made of the same checkpoint: a test knows the hash of one.</summary>
    internal const int Version = 1;

    // The published one has 107 MiB; with an optimizer's state beside the weights, three times as much. Read whole, so bounded before.
    private const long LargestCheckpoint = 512 * 1024 * 1024;

    // 64 bits of a hash: nobody meets two by chance, and the name stays readable.
    private const int Digits = 16;

    /// <summary>Reads a checkpoint in either of PyTorch's containers and writes the graph beside it. Measured: 1.3 s, and 410 MB of memory in all, 500 from a zip container.</summary>
    /// <param name="checkpoint">A state dictionary of facenet-pytorch's InceptionResnetV1.</param>
    /// <exception cref="AssetException">It is no such checkpoint, or is damaged: what, where, and what was wanted.</exception>
    public static ImportedGraph Import(string checkpoint)
    {
        var file = new FileInfo(checkpoint);
        if (!file.Exists) throw new AssetException($"{checkpoint}: there is no such file; wanted a checkpoint of facenet-pytorch's InceptionResnetV1, such as `sightline assets pull facenet` fetches");
        if (file.Length > LargestCheckpoint) throw new AssetException($"{checkpoint} has {file.Length:N0} bytes, at most {LargestCheckpoint:N0} are read; the published checkpoint has 111,898,327");
        return Import(file.FullName, File.ReadAllBytes(file.FullName), [file.DirectoryName!]).Graph;
    }

    /// <summary>The graph of a published checkpoint, if it was made already; its hash is not checked.</summary>
    internal static string? Find(Asset checkpoint, AssetStore assets)
    {
        var pattern = $"{Stem(checkpoint.Path)}.{checkpoint.Sha256[..Digits]}.v{Version}.{new string('?', Digits)}.onnx";
        return FoldersFor(checkpoint, assets).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)).FirstOrDefault();
    }

    /// <summary>The graph's bytes; what was hashed is what is returned.</summary>
    /// <exception cref="AssetException">The file is not the one that its name says.</exception>
    internal static byte[] Read(string graph)
    {
        var bytes = File.ReadAllBytes(graph);
        var (hash, wanted) = (Convert.ToHexStringLower(SHA256.HashData(bytes)), graph[..^".onnx".Length][^Digits..]);
        return hash[..Digits] == wanted
            ? bytes
            : throw new AssetException($"{graph} is damaged and is not used: its SHA-256 begins with {hash[..Digits]}, wanted {wanted} as in its name. Delete it; it is made again of the checkpoint.");
    }

    /// <summary>Makes the graph of a published checkpoint, whose hash is checked, and writes it to the first folder that lets it.</summary>
    /// <exception cref="AssetException">The checkpoint is missing or is not the published one, or no folder can be written.</exception>
    internal static byte[] Make(Asset checkpoint, AssetStore assets) =>
        Import(checkpoint.Path, assets.Read(checkpoint.Path), [Path.GetDirectoryName(assets.Find(checkpoint))!, .. FoldersFor(checkpoint, assets)]).Bytes;

    private static IEnumerable<string> FoldersFor(Asset checkpoint, AssetStore assets) =>
        assets.Folders.Select(folder => Path.GetFullPath(Path.GetDirectoryName(Path.Combine(folder, checkpoint.Path))!));

    private static string Stem(string checkpoint) => Path.GetFileNameWithoutExtension(checkpoint);

    private static (ImportedGraph Graph, byte[] Bytes) Import(string checkpoint, byte[] content, IEnumerable<string> folders)
    {
        byte[] graph;
        try
        {
            graph = InceptionResnetV1.Graph(StateDictionary.Read(checkpoint, content)).ToArray();
        }
        catch (InvalidDataException wrong)
        {
            var message = wrong.Message.StartsWith(checkpoint, StringComparison.Ordinal) ? wrong.Message : $"{checkpoint}: {wrong.Message}";
            throw new AssetException($"{message}. Nothing was imported.", wrong);
        }
        var (from, to) = (Convert.ToHexStringLower(SHA256.HashData(content)), Convert.ToHexStringLower(SHA256.HashData(graph)));
        var name = $"{Stem(checkpoint)}.{from[..Digits]}.v{Version}.{to[..Digits]}.onnx";
        var problems = new List<string>();
        foreach (var folder in folders.Distinct(StringComparer.Ordinal))
        {
            try
            {
                return (new(Write(Path.Combine(folder, name), graph), graph.Length, from, to), graph);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                problems.Add(failure.Message);
            }
        }
        throw new AssetException($"{name}, the graph made of {checkpoint}, has {graph.Length:N0} bytes and could not be written: {string.Join(" ", problems)} Import it where it can be written, and copy it here.");
    }

    /// <summary>Whole or not at all: under another name first, on the disk, then renamed.</summary>
    private static string Write(string target, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var part = $"{target}.{Path.GetRandomFileName()}.part"; // two processes may import at the same moment
        try
        {
            using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true); // before the rename, or a power cut leaves a whole name on half a file
            }
            File.Move(part, target, overwrite: true);
            return target;
        }
        finally
        {
            File.Delete(part);
        }
    }
}
