using Microsoft.Data.Sqlite;

namespace Sightline.Edge;

/// <summary>
/// The SQLite file of the books and the spool: one connection that writes and one that reads, so that a look does not wait for the disk. One core at a time
/// owns it, by a lock beside it that the system gives back where the process is killed; anybody may read (<see cref="BooksReport"/>).
/// </summary>
internal sealed class BooksFile : IDisposable
{
    // How long the process before may take to let go of the file, and a reader to be through.
    private const int PatienceSeconds = 5;

    // Raised with every change of the tables; a file says which it has in user_version.
    private const int Version = 2;

    // "SLbk" in the file's header (application_id), so that `file` and we know it from any other SQLite file.
    private const int ApplicationId = 0x534C626B;

    /// <summary>
    /// Times are ticks of 100 ns since year 1, UTC: received_at must come back exactly. What is sent and what is large (spool) lies apart from the rows, which
    /// are a few hundred bytes each; of the open ones there is an index of their own, since they are few among many.
    /// </summary>
    private const string Tables =
        """
        CREATE TABLE frames (
            number INTEGER PRIMARY KEY, device TEXT NOT NULL, request_id TEXT NOT NULL, hash BLOB NOT NULL, received_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL, keep_until INTEGER NOT NULL, topic TEXT, correlation BLOB, filename TEXT, captured_at TEXT, id_given INTEGER NOT NULL,
            redeliverable INTEGER NOT NULL, safe INTEGER NOT NULL, outcome INTEGER NOT NULL, answer BLOB) STRICT;
        CREATE INDEX frames_by_key ON frames (device, request_id, received_at);
        CREATE INDEX frames_open ON frames (keep_until) WHERE outcome = 0;
        CREATE TABLE spool (number INTEGER PRIMARY KEY REFERENCES frames (number), to_responses INTEGER NOT NULL, expires_at INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
        CREATE INDEX spool_fresh ON spool (expires_at);
        CREATE TABLE counts (device TEXT NOT NULL, what TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (device, what)) STRICT, WITHOUT ROWID;
        CREATE TABLE settings (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """;

    /// <summary>What every version has changed in the one before; the first step is of version 1.</summary>
    private static readonly string[] Steps = ["ALTER TABLE frames ADD COLUMN may_be_answered INTEGER NOT NULL DEFAULT 0"];

    /// <summary>
    /// A core that was killed may have given an answer and not written so: unless the last one ended well, open frames may be answered already, and so may be those
    /// whose answers wait for the queue. What waits as a request has not been answered.
    /// </summary>
    private const string Beginning =
        """
        BEGIN IMMEDIATE;
        UPDATE frames SET may_be_answered = 1 WHERE outcome = 0 AND number NOT IN (SELECT number FROM spool) AND EXISTS (SELECT 1 FROM settings WHERE key = 'in_use' AND value = 1);
        UPDATE spool SET body = CAST(json_set(CAST(body AS TEXT), '$.redelivered', json('true')) AS BLOB)
            WHERE to_responses = 1 AND EXISTS (SELECT 1 FROM settings WHERE key = 'in_use' AND value = 1);
        INSERT OR REPLACE INTO settings VALUES ('in_use', 1);
        COMMIT
        """;

    // https://www.sqlite.org/fileformat.html 1.3.1
    private static ReadOnlySpan<byte> Header => "SQLite format 3\0"u8;

    private readonly FileStream _lock;
    private readonly string? _temporary;

    private BooksFile(string path, string? temporary)
    {
        Path = path;
        _temporary = temporary;
        _lock = Lock(path);
        try
        {
            Writing = Connect(path, SqliteOpenMode.ReadWriteCreate);
            Recognise(path, Writing);
            Reading = Connect(path, SqliteOpenMode.ReadOnly);
        }
        catch
        {
            Writing?.Dispose();
            _lock.Dispose();
            throw;
        }
    }

    public string Path { get; }
    public SqliteConnection Writing { get; }
    public SqliteConnection Reading { get; }

    /// <param name="path">Made where it is not there, its folder too, for their owner only. Null: a file in the system's folder for such, deleted at the end.</param>
    /// <exception cref="BooksException">Another core has it, or it is damaged, another program's, of a newer Sightline or not to be written.</exception>
    public static BooksFile Open(string? path)
    {
        var temporary = path is null ? Directory.CreateTempSubdirectory("sightline-books-").FullName : null;
        var full = temporary is null ? System.IO.Path.GetFullPath(path!) : System.IO.Path.Combine(temporary, "books.db");
        try
        {
            MakeFolder(System.IO.Path.GetDirectoryName(full)!);
            return new BooksFile(full, temporary);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new BooksException($"{full} {Explain(e)}", e);
        }
    }

    /// <summary>For who only looks, while a core writes or not.</summary>
    /// <exception cref="BooksException">There is none, or it is not a file of books.</exception>
    public static SqliteConnection OpenToRead(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (!File.Exists(full)) throw new BooksException($"there are no books at {full}: a core makes them at its first start; give the folder of its --data");
        try
        {
            var connection = Connect(full, SqliteOpenMode.ReadOnly);
            RefuseOthers(full, connection);
            return connection;
        }
        catch (SqliteException e)
        {
            throw new BooksException($"{full} {Explain(e)}", e);
        }
    }

    /// <summary>Nothing was under way when this core ended: the next one need not think that anybody may have been answered.</summary>
    public void EndWell() => Execute(Writing, "INSERT OR REPLACE INTO settings VALUES ('in_use', 0)");

    /// <summary>What is wrong and what to do, to follow the file's name.</summary>
    public static string Explain(Exception error) => (error as SqliteException)?.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB =>
            "is damaged or no file of books: move it away together with its -wal and -shm, and a new one is made; what was open in it is then answered as it comes",
        SQLitePCL.raw.SQLITE_FULL => "cannot grow, the disk is full: free some space; what was acknowledged is kept, and no more is acknowledged meanwhile",
        SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM or SQLitePCL.raw.SQLITE_CANTOPEN =>
            "may not be written by this user or lies on a read-only disk: give it to this user, or take another folder with `--data FOLDER`",
        SQLitePCL.raw.SQLITE_BUSY => $"has been locked by another process for {PatienceSeconds} s: look for one that hangs",
        null when error is IOException or UnauthorizedAccessException =>
            $"cannot be opened ({error.Message}): its folder must be this user's, on a disk that may be written and has room; or take another one with `--data FOLDER`",
        _ => $"cannot be read or written: {error.Message}",
    };

    public void Dispose()
    {
        Reading.Dispose();
        Writing.Dispose();
        _lock.Dispose();
        if (_temporary is not null) Directory.Delete(_temporary, recursive: true);
    }

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder); // where files inherit their folder's access list
        else if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static FileStream Lock(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(path + "-lock", options);
        }
        catch (IOException taken) when (File.Exists(path + "-lock") && taken is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new BooksException($"{path} is in use by another core, and one at a time may have it: stop that one, or give this one another folder with `--data FOLDER`", taken);
        }
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        if (mode == SqliteOpenMode.ReadWriteCreate && !OperatingSystem.IsWindows())
        {
            // SQLite gives -wal and -shm the mode of the file itself.
            const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = File.Open(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, UnixCreateMode = owner }))
                RefuseOthers(path, stream);
            if (File.GetUnixFileMode(path) != owner) File.SetUnixFileMode(path, owner);
        }
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = PatienceSeconds }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Recognise(string path, SqliteConnection connection)
    {
        var isNew = Number(connection, "PRAGMA user_version") == 0 && Number(connection, "PRAGMA application_id") == 0 && Number(connection, "SELECT count(*) FROM sqlite_schema") == 0;
        if (!isNew) RefuseOthers(path, connection);
        // Only now, since it writes. FULL: the log is synced before a commit returns (https://www.sqlite.org/pragma.html#pragma_synchronous): what is acknowledged
        // stays, though the power goes. secure_delete: faces of passers-by do not stay behind in the spool's pages.
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY");
        if (isNew) Execute(connection, $"BEGIN IMMEDIATE; {Tables} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = 1; COMMIT");
        for (var version = Number(connection, "PRAGMA user_version"); version < Version; version++)
            Execute(connection, $"BEGIN IMMEDIATE; {Steps[version - 1]}; PRAGMA user_version = {version + 1}; COMMIT");
        Execute(connection, Beginning);
    }

    private static void RefuseOthers(string path, SqliteConnection connection)
    {
        if (Number(connection, "PRAGMA application_id") != ApplicationId)
            throw new BooksException($"{path} is an SQLite file of another program: move it away, or take another folder with `--data FOLDER`");
        if (Number(connection, "PRAGMA user_version") is > Version and var version)
            throw new BooksException($"{path} was written by a newer Sightline (its schema is {version}, this one knows up to {Version}): update this one, or take another folder with `--data FOLDER`");
    }

    // SQLite takes a file too short for its header for a new one, and would write over it.
    private static void RefuseOthers(string path, FileStream stream)
    {
        Span<byte> start = stackalloc byte[Header.Length];
        if (stream.Length > 0 && (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.SequenceEqual(Header)))
            throw new BooksException($"{path} is no file of books (not an SQLite file at all): move it away, or take another folder with `--data FOLDER`");
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // ours, character by character
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // ours, character by character
        command.CommandText = sql;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }
}
