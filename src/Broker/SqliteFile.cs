using Microsoft.Data.Sqlite;

namespace Sightline.Broker;

/// <summary>What tells one of our SQLite files from the others and from everybody else's.</summary>
/// <param name="Name">As it is called in errors: "file of queues".</param>
/// <param name="ApplicationId">In the file's header, so that `file` and we know it.</param>
/// <param name="Steps">
/// From nothing to the tables of today; only ever added to. A file says in user_version how many of these it has seen, and is shown the others when it is opened.
/// </param>
/// <param name="Wrong">The error of this kind of file, which leads to its own heading in docs/operate.md.</param>
internal sealed record SqliteFileKind(string Name, int ApplicationId, IReadOnlyList<string> Steps, Func<string, Exception?, BrokerException> Wrong);

/// <summary>An SQLite file of the box: its owner's only, opened by one process at a time, recognised before it is touched, synced at every commit. Not thread-safe.</summary>
internal static class SqliteFile
{
    // How long the process before may take to let go of the file.
    private const int PatienceSeconds = 1;

    // https://www.sqlite.org/fileformat.html 1.3.1
    private static ReadOnlySpan<byte> Header => "SQLite format 3\0"u8;

    /// <param name="path">
    /// Made where it is not there, its folder too, both for their owner only. Null: one that SQLite makes for itself and deletes when it is closed
    /// (https://www.sqlite.org/inmemorydb.html, temporary databases), for who wants nothing kept; code and tables are the same.
    /// </param>
    /// <param name="kind">Which of our files it is.</param>
    /// <exception cref="BrokerException">Another process has it, or it is damaged, another program's, of a newer Sightline or not to be written.</exception>
    public static SqliteConnection Open(string? path, SqliteFileKind kind)
    {
        SqliteConnection? connection = null;
        try
        {
            if (path is not null)
                Prepare(path, kind);
            connection = new(new SqliteConnectionStringBuilder { DataSource = path ?? "", Pooling = false, ForeignKeys = true, DefaultTimeout = PatienceSeconds }.ToString());
            connection.Open();
            // Held from the first read until the file is closed, and given back by the system where the process is killed:
            // https://www.sqlite.org/pragma.html#pragma_locking_mode
            connection.Execute("PRAGMA locking_mode = EXCLUSIVE");
            Recognise(path, kind, connection);
            return connection;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException or BrokerException)
        {
            connection?.Dispose();
            if (e is BrokerException)
                throw;
            throw kind.Wrong($"{path} {Explain(e)}", e);
        }
    }

    /// <summary>What is wrong and what to do, to follow the file's name.</summary>
    public static string Explain(Exception error) => (error as SqliteException)?.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_BUSY => "is in use by another process, most likely another `sightline up`, and one at a time may have it: stop that one, or give this one another folder with `--data FOLDER`",
        SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => "is damaged: move it away together with its -wal, and a new one is made; what waited in it then waits no more",
        SQLitePCL.raw.SQLITE_FULL => "cannot grow, the disk is full: free some space; what was acknowledged is kept, and who got an error tries again",
        SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM or SQLitePCL.raw.SQLITE_CANTOPEN =>
            "may not be written by this user or lies on a read-only disk: give it to this user, or take another folder with `--data FOLDER`",
        null when error is IOException or UnauthorizedAccessException =>
            $"cannot be opened ({error.Message}): its folder must be this user's, on a disk that may be written and has room; or take another one with `--data FOLDER`",
        _ => $"cannot be read or written: {error.Message}",
    };

    private static void Prepare(string path, SqliteFileKind kind)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var windows = OperatingSystem.IsWindows(); // where files inherit their folder's access list
        var folder = Path.GetDirectoryName(path)!;
        if (windows)
            Directory.CreateDirectory(folder);
        else if (!Directory.Exists(folder))
            Directory.CreateDirectory(folder, owner | UnixFileMode.UserExecute);
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!windows)
            options.UnixCreateMode = owner;
        using (var stream = File.Open(path, options))
        {
            // SQLite takes a file too short for its header for a new one, and would write over it.
            Span<byte> start = stackalloc byte[Header.Length];
            if (stream.Length > 0 && (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.SequenceEqual(Header)))
                throw kind.Wrong($"{path} is no {kind.Name} (not an SQLite file at all): move it away, or take another folder with `--data FOLDER`", null);
        }

        // SQLite gives the -wal the mode of the file itself.
        if (!windows && File.GetUnixFileMode(path) != owner)
            File.SetUnixFileMode(path, owner);
    }

    private static void Recognise(string? path, SqliteFileKind kind, SqliteConnection connection)
    {
        var (version, application) = (connection.Number("PRAGMA user_version"), connection.Number("PRAGMA application_id"));
        var isNew = version == 0 && application == 0 && connection.Number("SELECT count(*) FROM sqlite_schema") == 0;
        if (!isNew && application != kind.ApplicationId)
            throw kind.Wrong($"{path} is an SQLite file of another program: move it away, or take another folder with `--data FOLDER`", null);
        if (version > kind.Steps.Count)
            throw kind.Wrong($"{path} was written by a newer Sightline (its schema is {version}, this one knows up to {kind.Steps.Count}): update this one, or take another folder with `--data FOLDER`", null);
        // Only now, since it writes. FULL: the log is synced before a commit returns (https://www.sqlite.org/pragma.html#pragma_synchronous); with
        // NORMAL the last ones would be lost with the power. secure_delete: faces of passers-by do not stay behind in the file once their message is
        // deleted; in the log beside it they do until that is written over, some megabytes later, or removed at a stop.
        connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY");
        if (version < kind.Steps.Count)
            connection.Execute($"BEGIN IMMEDIATE; {string.Concat(kind.Steps.Skip((int)version))} PRAGMA application_id = {kind.ApplicationId}; PRAGMA user_version = {kind.Steps.Count}; COMMIT");
    }
}
