using Microsoft.Data.Sqlite;

namespace Sightline.People;

/// <summary>The tables of the journal.</summary>
internal static class JournalSchema
{
    public static readonly FileKind Kind = new("journal of decisions", "move it away", "; a new one is made, and what was decided before cannot be explained any more", Recognise);

    private const int Version = 1;

    // "SLjn" in the file's header (application_id).
    private const int ApplicationId = 0x534C6A6E;

    private const string Tables =
        """
        CREATE TABLE decisions (
            id INTEGER PRIMARY KEY, request_id TEXT NOT NULL, device TEXT NOT NULL, face INTEGER NOT NULL, outcome TEXT NOT NULL, decided_at INTEGER NOT NULL,
            detail TEXT NOT NULL) STRICT;
        CREATE INDEX decisions_by_request ON decisions (request_id, device);
        CREATE TABLE nearest (
            decision_id INTEGER NOT NULL REFERENCES decisions (id) ON DELETE CASCADE, place INTEGER NOT NULL, person_id TEXT NOT NULL, similarity REAL NOT NULL,
            PRIMARY KEY (decision_id, place)) STRICT;
        CREATE INDEX nearest_by_person ON nearest (person_id);
        CREATE TABLE crops (
            decision_id INTEGER NOT NULL REFERENCES decisions (id) ON DELETE CASCADE, alignment TEXT NOT NULL, jpeg BLOB NOT NULL,
            PRIMARY KEY (decision_id, alignment)) STRICT;
        """;

    private static void Recognise(string file, SqliteConnection connection)
    {
        using (var transaction = connection.BeginTransaction(deferred: false))
        {
            if (connection.Number("PRAGMA user_version") == 0 && connection.Number("SELECT count(*) FROM sqlite_schema") == 0)
                connection.Execute($"{Tables} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}");
            transaction.Commit();
        }
        if (connection.Number("PRAGMA application_id") != ApplicationId || connection.Number("PRAGMA user_version") != Version)
            throw new GalleryException($"{file} is an SQLite file of another program or of another Sightline; move it away, and a new one is made");
    }
}
