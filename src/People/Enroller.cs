using System.Globalization;
using Sightline.Faces;

namespace Sightline.People;

/// <summary>From a photograph to somebody in the gallery. It must show one face, or be told which: nobody is enrolled by guess.</summary>
public static class Enroller
{
    /// <param name="gallery">Of the embedder's model.</param>
    /// <param name="detector">Finds the faces.</param>
    /// <param name="embedder">Makes the embedding.</param>
    /// <param name="name">Of the person.</param>
    /// <param name="photo">JPEG, PNG or WebP.</param>
    /// <param name="source">Where the photograph came from; kept with it.</param>
    /// <param name="face">Which of several, from 1, left to right; null where there must be one only.</param>
    /// <param name="options">How to detect; null: faces of 20 pixels or more, on one thread.</param>
    /// <param name="gates">What the face must come up to; null: <see cref="Gates.Default"/>. Somebody enrolled by a face that would not be looked for is found by none.</param>
    public static Enrolment Enroll(
        Gallery gallery, Mtcnn detector, Embedder embedder, string name, ReadOnlySpan<byte> photo, string source, int? face = null, DetectOptions? options = null, Gates? gates = null)
    {
        if (gallery.ModelId != embedder.Model.Id)
            throw new ArgumentException($"got an embedder of {embedder.Model.Id}, wanted {gallery.ModelId}, which the gallery matches", nameof(embedder));
        if (!PersonName.TryMake(name, out _, out var problem)) return new Refused(problem);
        if (!ImageCodec.TryDecode(photo, out var picture, out problem)) return new Refused(problem);
        if (Choose(detector.Detect(picture, options ?? new DetectOptions()), face, out var refused) is not { } chosen) return refused!;
        var quality = FaceQuality.Of(chosen, Alignment.FivePoints112.Cut(picture, chosen));
        if ((gates ?? Gates.Default).Stopping(quality, chosen.Score) is { } gate)
            return new Refused($"the face is {gate.Told(quality, chosen.Score)}: nobody is known well by it; take a better photograph, or insist with --gate {gate.Name}=off");

        var crop = embedder.Model.Alignment.Cut(picture, chosen);
        return gallery.Enroll(name, embedder.Embed(crop), Keeping.Cut(picture, chosen), source);
    }

    /// <summary>The face that is meant, or null and why not.</summary>
    internal static Face? Choose(IReadOnlyList<Face> found, int? face, out Refused? refused)
    {
        Face[] faces = [.. found.OrderBy(each => each.Box.X1 + each.Box.X2)];
        refused = null;
        if (faces.Length == 0) refused = new("no face was found in the photograph; it should show one from the front, 20 pixels wide or more");
        else if (face is null && faces.Length > 1) refused = new($"{faces.Length} faces were found and none was taken: say which with --face N. {Listed(faces)}") { Faces = faces };
        else if (face < 1 || face > faces.Length) refused = new($"there is no face {face}: {Listed(faces)}") { Faces = faces };
        return refused is null ? faces[(face ?? 1) - 1] : null;
    }

    private static string Listed(Face[] faces) => "From left to right: " + string.Join("; ", faces.Select((face, i) => string.Create(
        CultureInfo.InvariantCulture, $"{i + 1} at ({face.Box.X1:0}, {face.Box.Y1:0}), {face.Box.Width:0}x{face.Box.Height:0} pixels")));
}
