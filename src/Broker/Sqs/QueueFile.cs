using Microsoft.Data.Sqlite;

namespace Sightline.Broker.Sqs;

/// <summary>
/// The one SQLite file that all queues lie in: opened by one process at a time, recognised before it is touched, synced at every commit.
/// Not thread-safe: <see cref="GroupCommit"/> is who writes.
/// </summary>
internal sealed class QueueFile : IDisposable
{
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

    private static readonly SqliteFileKind Kind = new("file of queues", ApplicationId, [First, TasksAndTags], BrokerException.QueueFile);

    private QueueFile(string? path, SqliteConnection connection) => (Path, Connection) = (path, connection);

    /// <summary>Null: a temporary one.</summary>
    public string? Path { get; }

    public SqliteConnection Connection { get; }

    /// <param name="path">See <see cref="SqliteFile.Open"/>.</param>
    /// <exception cref="BrokerException">Another process has it, or it is damaged, another program's, of a newer Sightline or not to be written.</exception>
    public static QueueFile Open(string? path)
    {
        if (path is not null)
            path = System.IO.Path.GetFullPath(path);
        return new(path, SqliteFile.Open(path, Kind));
    }

    /// <summary>What is wrong and what to do, to follow the file's name.</summary>
    public static string Explain(Exception error) => SqliteFile.Explain(error);

    public void Dispose() => Connection.Dispose();
}
