using Microsoft.Data.Sqlite;

namespace Sightline.Broker.Mqtt;

/// <summary>The SQLite file of the inbox. A row is written once and read when its turn has come, and never changed: a picture is not written twice.</summary>
internal static class InboxFile
{
    // "SLin" in the file's header.
    private const int ApplicationId = 0x534C696E;

    /// <summary>Times are milliseconds since 1970. The payload is last, so that a row is listed without being read.</summary>
    private const string Tables =
        """
        CREATE TABLE frames (
            number INTEGER PRIMARY KEY, topic TEXT NOT NULL, accepted_at INTEGER NOT NULL, expires_at INTEGER, bytes INTEGER NOT NULL,
            format INTEGER NOT NULL, content_type TEXT, response_topic TEXT, correlation_data BLOB, payload BLOB NOT NULL) STRICT;
        CREATE TABLE properties (
            number INTEGER NOT NULL REFERENCES frames (number) ON DELETE CASCADE, place INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
            PRIMARY KEY (number, place)) STRICT, WITHOUT ROWID;
        """;

    private static readonly SqliteFileKind Kind = new("inbox", ApplicationId, [Tables], BrokerException.InboxFile);

    /// <param name="path">See <see cref="SqliteFile.Open"/>.</param>
    /// <exception cref="BrokerException">Another process has it, or it is damaged, another program's, of a newer Sightline or not to be written.</exception>
    public static SqliteConnection Open(string? path) => SqliteFile.Open(path, Kind);
}
