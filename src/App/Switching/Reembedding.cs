using Sightline.Faces;
using Sightline.People;

namespace Sightline.App.Switching;

/// <summary>The vectors of another model for photographs that were enrolled before.</summary>
/// <param name="Embedded">Photographs that have one now and had none.</param>
/// <param name="WithoutPicture">Photographs that came as vectors alone: no other model can embed them.</param>
/// <param name="Broken">Photographs whose picture could not be read.</param>
internal sealed record Reembedding(int Embedded, IReadOnlyList<PhotoToEmbed> WithoutPicture, IReadOnlyList<PhotoToEmbed> Broken)
{
    /// <summary>Each vector is stored as soon as it is made, so that who stops this loses nothing and goes on later.</summary>
    /// <param name="cli">Shows how far it is.</param>
    /// <param name="gallery">Of the embedder's model.</param>
    /// <param name="embedder">Makes the vectors.</param>
    /// <param name="stop">After the photograph in hand.</param>
    public static async Task<Reembedding> RunAsync(Cli cli, Gallery gallery, Embedder embedder, CancellationToken stop)
    {
        var missing = gallery.PhotosToEmbed().ToLookup(photo => photo.HasPicture);
        var todo = missing[true].ToList();
        List<PhotoToEmbed> broken = [];
        await Terminal.WithProgressAsync(cli, todo.Count, done =>
        {
            foreach (var photo in todo)
            {
                stop.ThrowIfCancellationRequested();
                if (!Embed(gallery, embedder, photo.Photo)) broken.Add(photo);
                done();
            }
        });
        return new(todo.Count - broken.Count, [.. missing[false]], broken);
    }

    /// <returns>False where the kept picture cannot be read, or shows no face where one was found.</returns>
    private static bool Embed(Gallery gallery, Embedder embedder, long photo)
    {
        if (gallery.KeptOf(photo) is not { } kept) return true; // removed a moment ago
        if (!ImageCodec.TryDecode(kept.Jpeg, out var picture, out _)) return false;
        try
        {
            gallery.AddVector(photo, embedder.Embed(embedder.Model.Alignment.Cut(picture, new Face(kept.Box, 1, kept.Landmarks))));
            return true;
        }
        catch (ArgumentException)
        {
            return false; // landmarks that no face has
        }
    }
}
