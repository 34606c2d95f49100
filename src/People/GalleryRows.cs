using System.Numerics.Tensors;
using Microsoft.Data.Sqlite;

namespace Sightline.People;

/// <summary>People, photographs and thresholds as the gallery's tables hold them.</summary>
internal static class GalleryRows
{
    // Cosine of one photograph embedded twice: 1 up to rounding, which differs between processors. Chosen to leave room for that, not measured across machines.
    public const float SamePhotograph = 0.9999f;

    private const string SelectPerson = "SELECT people.id, name, count(photos.id), people.enrolled_at, count(photos.id) - count(photos.jpeg) FROM people LEFT JOIN photos ON person_id = people.id";

    public static List<Person> People(this SqliteConnection gallery) => gallery.Query(ReadPerson, $"{SelectPerson} GROUP BY people.id ORDER BY people.name_key");

    public static List<Person> PeopleWithout(this SqliteConnection gallery, string model) => gallery.Query(ReadPerson,
        $"{SelectPerson} WHERE people.id NOT IN (SELECT person_id FROM photos JOIN embeddings ON photo_id = photos.id WHERE model = @0) GROUP BY people.id ORDER BY people.name_key", model);

    public static Person? PersonById(this SqliteConnection gallery, string id) => gallery.Find("people.id = @0", id);

    public static Person? PersonByName(this SqliteConnection gallery, string name) => gallery.Find("name_key = @0", NameForm.Key(name));

    public static Person? Resolve(this SqliteConnection gallery, string nameOrId) => gallery.PersonById(nameOrId.Trim()) ?? gallery.PersonByName(nameOrId.Trim());

    /// <summary>Adds a photograph to the person of that name, who is made where there is none.</summary>
    /// <param name="gallery">In a transaction.</param>
    /// <param name="name">Proper.</param>
    /// <param name="unit">Of length 1.</param>
    /// <param name="model">Whose vector it is.</param>
    /// <param name="face">Null where only the vector is there.</param>
    /// <param name="source">Where it came from.</param>
    /// <param name="now">Dates it.</param>
    /// <returns>Whose it is now, and whether it was theirs already, in which case nothing changed.</returns>
    public static (string Id, bool Again) Add(this SqliteConnection gallery, string name, float[] unit, string model, KeptFace? face, string source, DateTimeOffset now)
    {
        var id = gallery.PersonByName(name)?.Id;
        if (id is not null && gallery.Vectors(id, model, unit.Length).Exists(vector => TensorPrimitives.Dot<float>(vector, unit) >= SamePhotograph)) return (id, true);
        if (id is null)
        {
            id = Guid.CreateVersion7(now).ToString();
            gallery.Execute("INSERT INTO people VALUES (@0, @1, @2, @3)", id, name, NameForm.Key(name), now.ToUnixTimeMilliseconds());
        }
        var photo = gallery.Number(
            "INSERT INTO photos (person_id, source, enrolled_at, jpeg, landmarks, box) VALUES (@0, @1, @2, @3, @4, @5) RETURNING id",
            id, source, now.ToUnixTimeMilliseconds(), Nullable(face?.Jpeg), Nullable(face is null ? null : KeptFaceRow.Points(face.Landmarks)), Nullable(face is null ? null : KeptFaceRow.Corners(face.Box)));
        gallery.Execute("INSERT INTO embeddings VALUES (@0, @1, @2)", photo, model, Sql.ToBlob(unit));
        return (id, false);
    }

    /// <summary>Every vector of the model with whose it is, those of one person together.</summary>
    public static List<(string Id, string Name, float[] Vector)> Vectors(this SqliteConnection gallery, string model, int dimensions) => gallery.Query(
        row => (row.GetString(0), row.GetString(1), Sql.FromBlob((byte[])row[2], dimensions, "an embedding")),
        "SELECT people.id, name, vector FROM people JOIN photos ON person_id = people.id JOIN embeddings ON photo_id = photos.id WHERE model = @0 ORDER BY people.id, photos.id", model);

    /// <summary>The photographs that <see cref="Vectors(SqliteConnection, string, int)"/> are of, in the same order.</summary>
    public static List<(long Id, string Source)> PhotosWith(this SqliteConnection gallery, string model) => gallery.Query(row => (row.GetInt64(0), row.GetString(1)),
        "SELECT photos.id, source FROM people JOIN photos ON person_id = people.id JOIN embeddings ON photo_id = photos.id WHERE model = @0 ORDER BY people.id, photos.id", model);

    public static List<PhotoToEmbed> PhotosWithout(this SqliteConnection gallery, string model) => gallery.Query(
        row => new PhotoToEmbed(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt64(3) != 0),
        "SELECT photos.id, name, source, jpeg IS NOT NULL FROM photos JOIN people ON person_id = people.id WHERE photos.id NOT IN (SELECT photo_id FROM embeddings WHERE model = @0) ORDER BY photos.id", model);

    public static Calibration? CalibrationOf(this SqliteConnection gallery, string model) => gallery.Query(
        row => new Calibration(row.GetFloat(0), row.GetFloat(1), row.GetString(2), row.GetInt32(3), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4))),
        "SELECT similarity, margin, because, people, made_at FROM thresholds WHERE model = @0", model).FirstOrDefault();

    private static Person? Find(this SqliteConnection gallery, string where, string value) => gallery.Query(ReadPerson, $"{SelectPerson} WHERE {where} GROUP BY people.id", value).FirstOrDefault();

    private static List<float[]> Vectors(this SqliteConnection gallery, string id, string model, int dimensions) => gallery.Query(
        row => Sql.FromBlob((byte[])row[0], dimensions, "an embedding"),
        "SELECT vector FROM embeddings JOIN photos ON photo_id = photos.id WHERE person_id = @0 AND model = @1", id, model);

    private static Person ReadPerson(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), row.GetInt32(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3))) { WithoutPicture = row.GetInt32(4) };

    private static object Nullable(object? value) => value ?? DBNull.Value;
}
