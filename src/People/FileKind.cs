using Microsoft.Data.Sqlite;

namespace Sightline.People;

/// <summary>What an SQLite file of ours is.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Otherwise">What to do about a file that is something else.</param>
/// <param name="OnceDamaged">What to do when it has been moved away, with what joins it to that.</param>
/// <param name="Recognise">Makes the tables in an empty file, and throws <see cref="GalleryException"/> where the file has others. Gets the path, for messages.</param>
internal sealed record FileKind(string Name, string Otherwise, string OnceDamaged, Action<string, SqliteConnection> Recognise);
