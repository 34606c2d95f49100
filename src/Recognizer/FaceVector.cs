using System.Diagnostics.CodeAnalysis;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Recognizer;

/// <summary>From one face of a request to the model's embedding, or to why there is none. Never guesses: another model's crop or vector is refused by name.</summary>
internal static class FaceVector
{
    public static bool TryMake(RequestFace face, Embedder embedder, [NotNullWhen(true)] out float[]? vector, [NotNullWhen(false)] out string? problem)
    {
        if (TryTake(face, embedder.Model, out vector, out problem)) return true;
        if (problem is not null || !TryCrop(face, embedder.Model, out var crop, out problem)) return false;
        using (crop) vector = embedder.Embed(crop);
        return true;
    }

    /// <summary>The embedding that the face brings along. False without a problem: it brings none of this model, but crops to make one of.</summary>
    internal static bool TryTake(RequestFace face, FaceModel model, [NotNullWhen(true)] out float[]? vector, out string? problem)
    {
        (vector, problem) = (null, null);
        if (face.Embedding is not { } bytes) return false;
        if (face.Model == model.Id) return Requests.TryDecodeEmbedding(bytes, model.Dimensions, out vector, out problem);
        if (face.Crops is not { Count: > 0 }) problem = $"has an embedding of model {Quoted.Of(face.Model ?? "?")} and no crop; model {model.Id} here cannot compare it";
        return false;
    }

    /// <summary>The crop that the model wants, decoded.</summary>
    internal static bool TryCrop(RequestFace face, FaceModel model, [NotNullWhen(true)] out Picture? crop, [NotNullWhen(false)] out string? problem)
    {
        crop = null;
        var wanted = model.Alignment;
        if (face.Crops is null || !face.Crops.TryGetValue(wanted.Id, out var jpeg))
        {
            var given = face.Crops is { Count: > 0 } crops ? string.Join(", ", crops.Keys.Order(StringComparer.Ordinal).Take(5).Select(Quoted.Of)) : "none";
            problem = $"has crops {given}; model {model.Id} needs {wanted.Id}: let the core cut it, `sightline edge --alignment {wanted.Id}`";
            return false;
        }
        return TryDecode(jpeg, wanted, out crop, out problem);
    }

    /// <summary>A crop's pixels, if it is as large as that alignment cuts.</summary>
    internal static bool TryDecode(byte[] jpeg, Alignment wanted, [NotNullWhen(true)] out Picture? crop, [NotNullWhen(false)] out string? problem)
    {
        crop = null;
        // The header first: a crop that says it has 16 million pixels is not decoded to find out.
        if (!ImageCodec.TryReadInfo(jpeg, out var info, out problem)) problem = $"crop {wanted.Id} is no image: {problem}";
        else if (info.Width != wanted.Size || info.Height != wanted.Size) problem = $"crop {wanted.Id} has {info.Width}x{info.Height} pixels, wanted {wanted.Size}x{wanted.Size}";
        else if (!ImageCodec.TryDecode(jpeg, out crop, out problem)) problem = $"crop {wanted.Id} is damaged: {problem}";
        return crop is not null;
    }
}
