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

    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    public async Task<string> PutAsync(string key, ReadOnlyMemory<byte> content, string contentType, CancellationToken ct)
    {
        var file = FileOf(key);
        var making = Path.Combine(_root, Writing, Guid.NewGuid().ToString("N"));
        try
        {
            MakeFolder(Path.GetDirectoryName(making)!);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, Options = FileOptions.Asynchronous };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnersFile;
            await using (var stream = new FileStream(making, options))
            {
                await stream.WriteAsync(content, ct);
                stream.Flush(flushToDisk: true);
            }
            Name(making, file);
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
        // As with a bucket that is not there: an empty list would say that there is nothing, and it may be a disk that is not mounted.
        if (!Directory.Exists(_root)) throw new WireException($"there is no folder {_root} to list: mount what it lies on, or name another");
        foreach (var (key, file) in Under(prefix[..(prefix.LastIndexOf('/') + 1)], prefix))
        {
            ct.ThrowIfCancellationRequested();
            if (ObjectStore.IsKey(key)) yield return new(key, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
        }
    }

    public Task DeleteAsync(string key, CancellationToken ct)
    {
        try
        {
            File.Delete(FileOf(key));
            RemoveEmpty(Path.GetDirectoryName(FileOf(key))!);
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

    public void Prepare()
    {
        try
        {
            MakeFolder(_root);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            // The first put says so.
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private string FileOf(string key) => Path.Combine(_root, key);

    /// <summary>
    /// S3 lists by the bytes of the keys, which are ASCII (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html), and so does this, one folder at a
    /// time: a slash counts as what it is, so that "a-b" comes before what lies in "a".
    /// </summary>
    private IEnumerable<(string Key, FileInfo File)> Under(string within, string prefix)
    {
        foreach (var (name, entry) in EntriesOf(within).Select(static entry => (Name: entry is DirectoryInfo ? entry.Name + "/" : entry.Name, entry)).OrderBy(static one => one.Name, StringComparer.Ordinal))
        {
            var key = within + name;
            if (!key.StartsWith(prefix, StringComparison.Ordinal)) continue;
            if (entry is FileInfo { Exists: true } file) yield return (key, file);
            else if (entry is DirectoryInfo)
            {
                foreach (var below in Under(key, prefix)) yield return below;
            }
        }
    }

    private FileSystemInfo[] EntriesOf(string within)
    {
        try
        {
            return new DirectoryInfo(Path.Combine(_root, within)) is { Exists: true } there ? there.GetFileSystemInfos() : [];
        }
        catch (DirectoryNotFoundException)
        {
            return []; // deleted meanwhile
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new WireException($"{folder} cannot be listed: {wrong.Message}", wrong);
        }
    }

    // Another key's deletion may take the folder away between its making and its use.
    private static void Name(string making, string file)
    {
        const int Most = 10;
        for (var again = 0; ; again++)
        {
            MakeFolder(Path.GetDirectoryName(file)!);
            try
            {
                File.Move(making, file, overwrite: true);
                return;
            }
            catch (DirectoryNotFoundException) when (again < Most)
            {
                // Once more.
            }
        }
    }

    /// <summary>A bucket has no folders; here one that nothing lies in any more would keep a name that was to go.</summary>
    private void RemoveEmpty(string empty)
    {
        try
        {
            for (; empty.Length > _root.Length && empty.StartsWith(_root, StringComparison.Ordinal); empty = Path.GetDirectoryName(empty)!) Directory.Delete(empty);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // Something lies there, or came there, or somebody was faster.
        }
    }

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
