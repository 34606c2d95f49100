using Microsoft.Data.Sqlite;

namespace Sightline.Broker.Sqs;

/// <summary>
/// The one SQLite file that all queues lie in: opened by one process at a time, recognised before it is touched, synced at every commit.
/// Not thread-safe: <see cref="GroupCommit"/> is who writes.
/// </summary>
internal sealed class QueueFile : IDisposable
{
    // How long the process before may take to let go of the file.
    private const int PatienceSeconds = 1;

    // "SLqu" in the file's header (application_id), so that `file` and we know it from any other SQLite file.
    private const int ApplicationId = 0x534C7175;

    /// <summary>
    /// What changes at every receive (messages) lies apart from what never does (contents, attributes): a receive then writes a hundred bytes,
    /// not the pictures again. Times are milliseconds since 1970, as Amazon tells them.
    /// </summary>
    private const string First =
        """
        CREATE TABLE queues (id BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, settings TEXT NOT NULL, created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL) STRICT;
        CREATE TABLE messages (
            number INTEGER PRIMARY KEY, queue BLOB NOT NULL REFERENCES queues (id) ON DELETE CASCADE, id BLOB NOT NULL, sent_at INTEGER NOT NULL,
            sequence INTEGER NOT NULL, visible_at INTEGER NOT NULL, in_flight INTEGER NOT NULL, receive_count INTEGER NOT NULL,
            first_received_at INTEGER NOT NULL, received_at INTEGER NOT NULL, dead_letter_source TEXT) STRICT;
        CREATE TABLE contents (
            number INTEGER PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE, body BLOB NOT NULL, trace_header BLOB, group_id TEXT) STRICT;
        CREATE TABLE attributes (
            number INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE, name TEXT NOT NULL, type TEXT NOT NULL, value BLOB NOT NULL,
            PRIMARY KEY (number, name)) STRICT, WITHOUT ROWID;
        """;

    private const string TasksAndTags =
        """
        ALTER TABLE queues ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';
        ALTER TABLE messages ADD COLUMN earlier_receives INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE tasks (
            number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, queue BLOB NOT NULL REFERENCES queues (id) ON DELETE CASCADE, destination TEXT, per_second INTEGER,
            started_at INTEGER NOT NULL, to_move INTEGER NOT NULL, last INTEGER NOT NULL, status TEXT NOT NULL, moved INTEGER NOT NULL, failure TEXT) STRICT;
        """;

    /// <summary>
    /// From nothing to the tables of today; only ever added to. A file says in user_version how many of these it has seen, and is shown the others when it is
    /// opened; a new one is shown all, so that old files and new ones are the same.
    /// </summary>
    private static readonly string[] Steps = [First, TasksAndTags];

    // https://www.sqlite.org/fileformat.html 1.3.1
    private static ReadOnlySpan<byte> Header => "SQLite format 3\0"u8;

    private QueueFile(string? path, SqliteConnection connection) => (Path, Connection) = (path, connection);

    /// <summary>Null: a temporary one.</summary>
    public string? Path { get; }

    public SqliteConnection Connection { get; }

    /// <param name="path">
    /// Made where it is not there, its folder too, both for their owner only. Null: one that SQLite makes for itself and deletes when it is closed
    /// (https://www.sqlite.org/inmemorydb.html, temporary databases), for who wants nothing kept; code and tables are the same.
    /// </param>
    /// <exception cref="BrokerException">Another process has it, or it is damaged, another program's, of a newer Sightline or not to be written.</exception>
    public static QueueFile Open(string? path)
    {
        SqliteConnection? connection = null;
        try
        {
            if (path is not null)
                Prepare(path = System.IO.Path.GetFullPath(path));
            connection = new(new SqliteConnectionStringBuilder { DataSource = path ?? "", Pooling = false, ForeignKeys = true, DefaultTimeout = PatienceSeconds }.ToString());
            connection.Open();
            // Held from the first read until the file is closed, and given back by the system where the process is killed:
            // https://www.sqlite.org/pragma.html#pragma_locking_mode
            connection.Execute("PRAGMA locking_mode = EXCLUSIVE");
            Recognise(path, connection);
            return new(path, connection);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException or BrokerException)
        {
            connection?.Dispose();
            if (e is BrokerException)
                throw;
            throw BrokerException.QueueFile($"{path} {Explain(e)}", e);
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

    public void Dispose() => Connection.Dispose();

    private static void Prepare(string path)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var windows = OperatingSystem.IsWindows(); // where files inherit their folder's access list
        var folder = System.IO.Path.GetDirectoryName(path)!;
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
                throw BrokerException.QueueFile($"{path} is no file of queues (not an SQLite file at all): move it away, or take another folder with `--data FOLDER`");
        }

        // SQLite gives the -wal the mode of the file itself.
        if (!windows && File.GetUnixFileMode(path) != owner)
            File.SetUnixFileMode(path, owner);
    }

    private static void Recognise(string? path, SqliteConnection connection)
    {
        var (version, application) = (connection.Number("PRAGMA user_version"), connection.Number("PRAGMA application_id"));
        var isNew = version == 0 && application == 0 && connection.Number("SELECT count(*) FROM sqlite_schema") == 0;
        if (!isNew && application != ApplicationId)
            throw BrokerException.QueueFile($"{path} is an SQLite file of another program: move it away, or take another folder with `--data FOLDER`");
        if (version > Steps.Length)
            throw BrokerException.QueueFile($"{path} was written by a newer Sightline (its schema is {version}, this one knows up to {Steps.Length}): update this one, or take another folder with `--data FOLDER`");
        // Only now, since it writes. FULL: the log is synced before a commit returns (https://www.sqlite.org/pragma.html#pragma_synchronous); with
        // NORMAL the last ones would be lost with the power. secure_delete: faces of passers-by do not stay behind in the file once their message is
        // deleted; in the log beside it they do until that is written over, some megabytes later, or removed at a stop.
        connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY");
        if (version < Steps.Length)
            connection.Execute($"BEGIN IMMEDIATE; {string.Concat(Steps[(int)version..])} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Steps.Length}; COMMIT");
    }
}
