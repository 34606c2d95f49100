using Microsoft.Data.Sqlite;

namespace Sightline.People;

/// <summary>The gallery's tables: made where there are none, and brought up to date where an older Sightline made them.</summary>
internal static class GallerySchema
{
    public static readonly FileKind Kind = new("gallery", "give another file with --gallery, or move this one away", " and put a copy of it in its place, or enrol again", Recognise);

    // Raised with every change of the tables below; a file says which it has in user_version.
    private const int Version = 2;

    // "SLgl" in the file's header (application_id), so that `file` and we know a gallery from any other SQLite file.
    private const int ApplicationId = 0x534C676C;

    private const string People = "CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, enrolled_at INTEGER NOT NULL) STRICT;";

    // All three or none: what was imported as a vector has no picture.
    private const string PhotoColumns =
        """
        (id INTEGER PRIMARY KEY, person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE, source TEXT NOT NULL, enrolled_at INTEGER NOT NULL,
         jpeg BLOB, landmarks BLOB, box BLOB, CHECK ((jpeg IS NULL) = (landmarks IS NULL) AND (jpeg IS NULL) = (box IS NULL))) STRICT;
        """;

    private const string PhotosOfPerson = "CREATE INDEX photos_of_person ON photos (person_id);";

    private const string Embeddings =
        """
        CREATE TABLE embeddings (
            photo_id INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, model TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (photo_id, model)) STRICT;
        """;

    private const string Since2 =
        """
        CREATE TABLE thresholds (
            model TEXT PRIMARY KEY, similarity REAL NOT NULL, margin REAL NOT NULL, because TEXT NOT NULL, people INTEGER NOT NULL, made_at INTEGER NOT NULL) STRICT;
        CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        """;

    private const string All = $"{People} CREATE TABLE photos {PhotoColumns} {PhotosOfPerson} {Embeddings} {Since2}";

    // Schema 1 wanted a picture of every photograph. A column's constraint changes only with its table: https://www.sqlite.org/lang_altertable.html#otheralter
    private const string From1 =
        $"""
        CREATE TABLE photos_2 {PhotoColumns}
        INSERT INTO photos_2 SELECT id, person_id, source, enrolled_at, jpeg, landmarks, box FROM photos;
        DROP TABLE photos;
        ALTER TABLE photos_2 RENAME TO photos;
        {PhotosOfPerson} {Since2}
        """;

    /// <param name="file">For messages.</param>
    /// <param name="connection">To it.</param>
    /// <exception cref="GalleryException">It is another program's, or of a newer Sightline.</exception>
    private static void Recognise(string file, SqliteConnection connection)
    {
        if (connection.Number("PRAGMA user_version") == 0) Create(file, connection);
        if (connection.Number("PRAGMA application_id") != ApplicationId) throw OfAnotherProgram(file);
        var version = connection.Number("PRAGMA user_version");
        if (version > Version)
            throw new GalleryException($"{file} was written by a newer Sightline (its schema is {version}, this one knows up to {Version}); update this one, or give another file with --gallery");
        if (version < Version) Update(connection);
    }

    private static void Create(string file, SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        // Another process may have been faster.
        if (connection.Number("PRAGMA user_version") > 0) return;
        if (connection.Number("SELECT count(*) FROM sqlite_schema") > 0) throw OfAnotherProgram(file);
        connection.Execute($"{All} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}");
        transaction.Commit();
    }

    private static void Update(SqliteConnection connection)
    {
        // With foreign keys on, dropping the old table would delete every embedding; inside a transaction the setting cannot be changed.
        connection.Execute("PRAGMA foreign_keys = OFF");
        using (var transaction = connection.BeginTransaction(deferred: false))
        {
            if (connection.Number("PRAGMA user_version") < Version) connection.Execute($"{From1} PRAGMA user_version = {Version}");
            transaction.Commit();
        }
        connection.Execute("PRAGMA foreign_keys = ON");
    }

    private static GalleryException OfAnotherProgram(string file) => new($"{file} is an SQLite file of another program; give another file with --gallery");
}
