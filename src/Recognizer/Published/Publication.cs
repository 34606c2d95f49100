using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.Recognizer.Published;

/// <summary>
/// The small object that says which gallery is in force. The gallery itself is an object whose name has its hash and which never changes, so whoever reads
/// the pointer and then the gallery has the two that belong together.
/// </summary>
/// <param name="Key">The gallery's key.</param>
/// <param name="Sha256">Of its bytes, lower-case hexadecimal.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Model">The name of the model whose vectors it has.</param>
/// <param name="ModelId">Its id.</param>
/// <param name="People">How many it knows.</param>
/// <param name="PublishedAt">For people who look.</param>
public sealed record GalleryPointer(string Key, string Sha256, long Bytes, string Model, string ModelId, int People, DateTimeOffset PublishedAt);

/// <summary>What a publication did.</summary>
/// <param name="Now">What is in force.</param>
/// <param name="Deleted">Older galleries that were deleted: who was removed from the gallery is not to stay in them.</param>
public sealed record GalleryPublished(GalleryPointer Now, int Deleted);

/// <summary>Puts a gallery where recognizers without its file find it, such as those in Lambda.</summary>
public static class Publication
{
    /// <summary>The pointer's key.</summary>
    public const string PointerKey = "gallery.json";

    private const string GalleryPrefix = "gallery-";

    /// <summary>First the gallery, then the pointer to it, then what was there before goes. Of two at once the last pointer counts, and one of them may have to be repeated.</summary>
    /// <param name="gallery">With the vectors of its model.</param>
    /// <param name="modelName">The name of that model.</param>
    /// <param name="store">Where to.</param>
    /// <param name="time">Dates it.</param>
    /// <param name="ct">Ends it; what was in force stays so.</param>
    /// <exception cref="WireException">The bucket or folder is not there, or may not be written.</exception>
    /// <exception cref="GalleryException">The gallery cannot be read.</exception>
    public static async Task<GalleryPublished> PublishAsync(Gallery gallery, string modelName, ObjectStore store, TimeProvider time, CancellationToken ct)
    {
        var (bytes, people) = await CopyAsync(gallery, ct);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var pointer = new GalleryPointer($"{GalleryPrefix}{hash}.db", hash, bytes.Length, modelName, gallery.ModelId, people, time.GetUtcNow());
        await store.PutAsync(pointer.Key, bytes, "application/vnd.sqlite3", ct);
        await store.PutAsync(PointerKey, JsonSerializer.SerializeToUtf8Bytes(pointer, PublishedJson.Default.GalleryPointer), "application/json", ct);
        var deleted = 0;
        await foreach (var old in store.ListAsync(GalleryPrefix, ct))
        {
            if (!IsGallery(old.Key) || old.Key == pointer.Key) continue;
            await store.DeleteAsync(old.Key, ct);
            deleted++;
        }
        gallery.NotePublished(store.Url);
        return new(pointer, deleted);
    }

    /// <summary>One of those that are written here, and nobody else's.</summary>
    internal static bool IsGallery(string key) =>
        key.Length == GalleryPrefix.Length + 64 + ".db".Length && key.StartsWith(GalleryPrefix, StringComparison.Ordinal) && key.EndsWith(".db", StringComparison.Ordinal)
        && key.AsSpan(GalleryPrefix.Length, 64).ToString().All(char.IsAsciiHexDigitLower);

    private static async Task<(byte[] Bytes, int People)> CopyAsync(Gallery gallery, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("sightline-publish-"); // its owner's alone
        try
        {
            var file = Path.Combine(folder.FullName, "gallery.db");
            var people = gallery.WriteForNaming(file);
            return (await File.ReadAllBytesAsync(file, ct), people);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GalleryPointer))]
internal sealed partial class PublishedJson : JsonSerializerContext;
