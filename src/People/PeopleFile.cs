using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Sightline.People;

/// <summary>The SQLite files of this room: made for their owner's eyes only, recognised before they are touched, and wiped where something was removed.</summary>
internal static partial class PeopleFile
{
    // How long to wait for another process that writes. Enrolling takes milliseconds, wiping a large gallery seconds.
    private const int PatienceSeconds = 5;

    // https://www.sqlite.org/fileformat.html 1.3.1
    private static ReadOnlySpan<byte> Header => "SQLite format 3\0"u8;

    /// <summary>A connection to the file, which is made where there is none.</summary>
    /// <exception cref="GalleryException">The file is damaged, another program's, or of a newer Sightline.</exception>
    public static SqliteConnection Open(string file, FileKind kind)
    {
        SqliteConnection? connection = null;
        try
        {
            Prepare(file, kind);
            connection = Connect(file);
            Recognise(file, kind, connection);
            return connection;
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException or GalleryException)
        {
            connection?.Dispose();
            if (error is GalleryException) throw;
            throw Explain(file, kind, error);
        }
    }

    /// <summary>
    /// Makes what was deleted disappear from the disk: secure_delete has zeroed it, but copies stay in gaps that the B-tree left when it split pages,
    /// and in the write-ahead log. Rewriting the file and cutting the log off to nothing ends both.
    /// </summary>
    /// <exception cref="GalleryException">Another process kept reading, so that the log could not be cut off.</exception>
    public static void Wipe(string file, FileKind kind, SqliteConnection connection)
    {
        connection.Execute("VACUUM");
        if (!TryCutLog(connection))
            throw new GalleryException($"{file}: what was removed is out of force but still on the disk, since another process has been reading the {kind.Name} for {PatienceSeconds} s; stop it and run `sightline people list`, which wipes the rest");
    }

    /// <summary>False where another process is in the middle of reading.</summary>
    public static bool TryCutLog(SqliteConnection connection) => connection.Number("PRAGMA wal_checkpoint(TRUNCATE)") == 0;

    /// <summary>What went wrong with the file, in words for its owner.</summary>
    public static GalleryException Explain(string file, FileKind kind, Exception error)
    {
        var wrong = error is SqliteException sqlite ? sqlite.SqliteErrorCode : 0;
        var text = wrong switch
        {
            SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => $"is damaged; move it away (with its -wal and -shm){kind.OnceDamaged}",
            SQLitePCL.raw.SQLITE_BUSY => $"has been locked by another process for {PatienceSeconds} s; look for one that hangs",
            SQLitePCL.raw.SQLITE_FULL => "cannot grow: the disk is full; nothing was changed",
            SQLitePCL.raw.SQLITE_READONLY => $"may not be written by this user; the {kind.Name} belongs to whoever made it",
            _ => $"cannot be used as the {kind.Name}",
        };
        return new GalleryException($"{file} {text} ({error.Message})", error);
    }

    private static void Prepare(string file, FileKind kind)
    {
        var windows = OperatingSystem.IsWindows(); // where files inherit their folder's access list
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
        {
            if (windows) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!windows) options.UnixCreateMode = owner;
        if (!File.Exists(file)) MakeWhole(file, kind, options);
        using (var stream = File.Open(file, options))
        {
            // SQLite takes a file too short for its header for a new one, and would write over it.
            Span<byte> start = stackalloc byte[Header.Length];
            if (stream.Length > 0 && (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.SequenceEqual(Header)))
                throw new GalleryException($"{file} is no {kind.Name} (not an SQLite file at all); {kind.Otherwise}");
        }
        // SQLite gives -wal and -shm the mode of the file itself, so this line covers them.
        if (!windows && File.GetUnixFileMode(file) != owner) File.SetUnixFileMode(file, owner);
    }

    /// <summary>
    /// A new file is made under another name and gets its own when it is complete, write-ahead log and all: changing that mode wants the
    /// file for itself, and others may be opening it at the same moment. They find none, or a whole one.
    /// </summary>
    private static void MakeWhole(string file, FileKind kind, FileStreamOptions options)
    {
        var making = $"{file}.{Guid.NewGuid():N}.new";
        try
        {
            File.Open(making, options).Dispose();
            using (var connection = Connect(making)) Recognise(making, kind, connection);
            // File.Move looks whether the name is free and then renames over it (dotnet/runtime, FileSystem.Unix.cs): between the two, another process's
            // file would be lost. A link is refused where the name is taken; where there are no links, File.Move has to do.
            if (OperatingSystem.IsWindows() || (Link(making, file) != 0 && !File.Exists(file))) File.Move(making, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another process was faster.
        }
        finally
        {
            File.Delete(making);
        }
    }

    // https://pubs.opengroup.org/onlinepubs/9799919799/functions/link.html
    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string path, string other);

    private static SqliteConnection Connect(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = PatienceSeconds,
        }.ToString());
        try
        {
            connection.Open();
            connection.Execute($"PRAGMA busy_timeout = {PatienceSeconds * 1000}; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Recognise(string file, FileKind kind, SqliteConnection connection)
    {
        kind.Recognise(file, connection);
        // Only now, since it writes. It stays in the file; readers and a writer do not wait for each other.
        if (connection.Query(row => row.GetString(0), "PRAGMA journal_mode")[0] != "wal") connection.Execute("PRAGMA journal_mode = WAL");
    }
}
