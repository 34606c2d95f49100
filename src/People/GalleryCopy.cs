namespace Sightline.People;

/// <summary>What of a gallery leaves its machine.</summary>
public sealed partial class Gallery
{
    /// <summary>
    /// Writes a gallery that can name the same people with the same model, and holds nothing else of them: ids, names, vectors and the threshold. No picture, no other model's
    /// vectors, not where a photograph came from or when, and nobody whom this model cannot know. The same gallery makes the same bytes.
    /// </summary>
    /// <param name="file">Must not be there yet; is one whole file, without a write-ahead log.</param>
    /// <returns>How many people are in it.</returns>
    /// <exception cref="GalleryException">It cannot be written.</exception>
    public int WriteForNaming(string file) => Write(() =>
    {
        using var copy = PeopleFile.Open(file, GallerySchema.Kind);
        copy.Execute("ATTACH @0 AS whole", File);
        using (var transaction = copy.BeginTransaction(deferred: true)) // all of one moment
        {
            copy.Execute(
                """
                INSERT INTO people SELECT id, name, name_key, 0 FROM whole.people
                WHERE id IN (SELECT person_id FROM whole.photos JOIN whole.embeddings ON photo_id = photos.id WHERE model = @0) ORDER BY id;
                INSERT INTO photos SELECT photos.id, person_id, '', 0, NULL, NULL, NULL FROM whole.photos JOIN whole.embeddings ON photo_id = photos.id WHERE model = @0 ORDER BY photos.id;
                INSERT INTO embeddings SELECT photo_id, model, vector FROM whole.embeddings WHERE model = @0 ORDER BY photo_id;
                INSERT INTO thresholds SELECT * FROM whole.thresholds WHERE model = @0;
                """, ModelId);
            copy.Execute("INSERT INTO settings VALUES ('model', @0)", _model.Name);
            transaction.Commit();
        }
        copy.Execute("DETACH whole");
        copy.Query(row => row.GetString(0), "PRAGMA journal_mode = DELETE");
        copy.Execute("VACUUM");
        return (int)copy.Number("SELECT count(*) FROM people");
    });

    /// <summary>Where a copy was published last; null where none was. Who is removed here is still there.</summary>
    public string? PublishedTo => Write(() => _writer.Query(row => row.GetString(0), "SELECT value FROM settings WHERE key = 'published'").FirstOrDefault());

    /// <summary>From now on <see cref="PublishedTo"/>.</summary>
    public void NotePublished(string url) => Write(() => _writer.Execute("INSERT OR REPLACE INTO settings VALUES ('published', @0)", url));
}
