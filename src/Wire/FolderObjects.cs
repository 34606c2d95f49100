using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Sightline.Wire;

/// <summary>Objects as files of one folder, for their owner's eyes only: galleries and frames are personal data.</summary>
internal sealed partial class FolderObjects(string folder) : IObjects
{
    // What is being written lies here until it is whole; no key begins with a dot, so it is nobody's object.
    private const string Writing = ".writing";

    private static readonly UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public async Task<string> PutAsync(string key, ReadOnlyMemory<byte> content, string contentType, CancellationToken ct)
    {
        var file = FileOf(key);
        var making = Path.Combine(folder, Writing, Guid.NewGuid().ToString("N"));
        try
        {
            MakeFolder(Path.GetDirectoryName(making)!);
            MakeFolder(Path.GetDirectoryName(file)!);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, Options = FileOptions.Asynchronous };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnersFile;
            await using (var stream = new FileStream(making, options))
            {
                await stream.WriteAsync(content, ct);
                stream.Flush(flushToDisk: true);
            }
            File.Move(making, file, overwrite: true);
            Sync(Path.GetDirectoryName(file)!);
            return ETagOf(SHA256.HashData(content.Span));
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new WireException($"{file} cannot be written: {wrong.Message}", wrong);
        }
        finally
        {
            if (File.Exists(making)) File.Delete(making);
        }
    }

    public async Task<StoredObject> GetAsync(string key, string? ifNoneMatch, CancellationToken ct)
    {
        FileStream? stream = null;
        try
        {
            // Nobody writes into a file that has its name already, so what is hashed is what is read.
            stream = new FileStream(FileOf(key), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);
            // Times of files are too coarse to tell two versions of one second apart.
            var etag = ETagOf(await SHA256.HashDataAsync(stream, ct));
            if (etag == ifNoneMatch)
            {
                await stream.DisposeAsync();
                return StoredObject.NotModified;
            }
            stream.Position = 0;
            return StoredObject.Of(stream, etag, stream.Length);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return StoredObject.Missing;
        }
        catch (Exception wrong)
        {
            if (stream is not null) await stream.DisposeAsync();
            if (wrong is not (IOException or UnauthorizedAccessException)) throw;
            throw new WireException($"{FileOf(key)} cannot be read: {wrong.Message}", wrong);
        }
    }

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        var within = prefix[..(prefix.LastIndexOf('/') + 1)];
        FileInfo[] files;
        try
        {
            var root = new DirectoryInfo(Path.Combine(folder, within));
            files = root.Exists ? root.GetFiles("*", SearchOption.AllDirectories) : [];
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new WireException($"{folder} cannot be listed: {wrong.Message}", wrong);
        }
        // S3 lists by the bytes of the keys, which are ASCII: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
        foreach (var (key, file) in files.Select(file => (Key: Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/'), file)).OrderBy(static one => one.Key, StringComparer.Ordinal))
        {
            ct.ThrowIfCancellationRequested();
            if (key.StartsWith(prefix, StringComparison.Ordinal) && ObjectStore.IsKey(key)) yield return new(key, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
        }
    }

    public Task DeleteAsync(string key, CancellationToken ct)
    {
        try
        {
            File.Delete(FileOf(key));
        }
        catch (DirectoryNotFoundException)
        {
            // It is not there, which is what was wanted.
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new WireException($"{FileOf(key)} cannot be deleted: {wrong.Message}", wrong);
        }
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private string FileOf(string key) => Path.Combine(folder, key);

    private static string ETagOf(byte[] sha256) => $"\"{Convert.ToHexStringLower(sha256)}\"";

    /// <summary>A file's new name is the folder's content, and lies on the disk when that does; .NET itself opens no folder.</summary>
    private static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Open(folder, 0);
        if (handle < 0) return;
        _ = Fsync(handle);
        _ = Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);

    // .NET gives the mode to the last folder alone: those above it would be everybody's to read.
    private static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }
        if (Path.GetDirectoryName(folder) is { Length: > 0 } above) MakeFolder(above);
        Directory.CreateDirectory(folder, OwnersFile | UnixFileMode.UserExecute);
    }
}
