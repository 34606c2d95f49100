using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Sightline.Wire;

/// <summary>A request as text for the queue and back, and an embedding as bytes and back.</summary>
public static class Requests
{
    // A JPEG cannot be larger (ITU-T T.81, B.2.2: 16 bits for each side).
    private const int LargestSide = 65_535;

    /// <summary>The request as JSON of at most <paramref name="largest"/> bytes: where it is larger the smallest faces (the last ones) go, counted in <c>faces_dropped</c>.</summary>
    /// <returns>False where not even the largest face fits; <paramref name="problem"/> has the numbers.</returns>
    public static bool TryFit(FaceRequest request, int largest, [NotNullWhen(true)] out string? body, [NotNullWhen(false)] out string? problem)
    {
        // The default encoder writes ASCII only, so characters are bytes.
        body = JsonSerializer.Serialize(request, WireJson.Default.FaceRequest);
        problem = null;
        if (body.Length <= largest) return true;

        // A face's bytes do not depend on its neighbours': from the top, as many as fit.
        var sizes = request.Faces.Select(static face => JsonSerializer.Serialize(face, WireJson.Default.RequestFace).Length + 1).ToArray(); // with its comma
        var dropped = $",\"faces_dropped\":{request.FacesDropped + request.Faces.Count}".Length;
        var room = largest - (body.Length - sizes.Sum()) - dropped;
        var kept = 0;
        while (kept < sizes.Length && (room -= sizes[kept]) >= 0) kept++;
        if (kept == 0)
        {
            problem = $"the largest of {request.Faces.Count} faces needs {sizes.FirstOrDefault()} bytes and the queue takes messages of {largest}";
            body = null;
            return false;
        }
        var smaller = request with { Faces = [.. request.Faces.Take(kept)], FacesDropped = request.FacesDropped + request.Faces.Count - kept };
        body = JsonSerializer.Serialize(smaller, WireJson.Default.FaceRequest);
        return true;
    }

    /// <summary>A request's JSON to a request whose every number can be computed with; hostile text ends as a problem, never as an exception.</summary>
    public static bool TryParse(string body, [NotNullWhen(true)] out FaceRequest? request, [NotNullWhen(false)] out string? problem)
    {
        request = null;
        try
        {
            var read = JsonSerializer.Deserialize(body, WireJson.Default.FaceRequest);
            problem = read is null ? "the request is null" : ProblemOf(read);
            if (problem is null) request = read;
        }
        catch (JsonException broken)
        {
            problem = $"the request is no JSON that fits: {Quoted.Of(broken.Message)}";
        }
        catch (InvalidOperationException)
        {
            problem = "the request holds text that is not Unicode";
        }
        return request is not null;
    }

    /// <summary>Whom to answer for a request that <see cref="TryParse"/> refuses; null where it does not say.</summary>
    public static (string RequestId, string Device)? WhoseIs(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object && TextOf("request_id") is { } id && FrameReader.IsRequestId(id) && TextOf("device") is { } device && Topics.IsThingName(device)
                ? (id, device)
                : null;

            string? TextOf(string key) => json.RootElement.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>As little-endian float16. A unit vector of 128 or 512 values loses less than 1e-6 of its cosine by it.</summary>
    public static byte[] EncodeEmbedding(ReadOnlySpan<float> embedding)
    {
        var bytes = new byte[embedding.Length * 2];
        for (var i = 0; i < embedding.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(i * 2), (Half)embedding[i]);
        return bytes;
    }

    /// <summary>Back to a unit vector.</summary>
    /// <returns>False where the length is not <paramref name="dimensions"/>, a value is not finite, or the vector has no direction.</returns>
    public static bool TryDecodeEmbedding(
        ReadOnlySpan<byte> bytes, int dimensions, [NotNullWhen(true)] out float[]? embedding, [NotNullWhen(false)] out string? problem)
    {
        embedding = null;
        if (bytes.Length != dimensions * 2)
        {
            problem = $"the embedding has {bytes.Length} bytes; wanted {dimensions} float16 values, {dimensions * 2} bytes";
            return false;
        }
        var values = new float[dimensions];
        double squares = 0;
        for (var i = 0; i < dimensions; i++)
        {
            values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(i * 2)..]);
            squares += (double)values[i] * values[i];
        }
        // A NaN or an infinity anywhere makes the sum one too; below 1e-4 little of what float16 rounded is left.
        if (!double.IsFinite(squares) || squares < 1e-8)
        {
            problem = $"the embedding is no direction: its length is {Math.Sqrt(squares)}";
            return false;
        }
        var scale = (float)(1 / Math.Sqrt(squares));
        for (var i = 0; i < dimensions; i++) values[i] *= scale;
        (embedding, problem) = (values, null);
        return true;
    }

    private static string? ProblemOf(FaceRequest request)
    {
        // The source-generated reader lets null through where the type says otherwise.
        if (request.RequestId is null || !FrameReader.IsRequestId(request.RequestId)) return "request_id is not 1 to 128 printable characters";
        if (!Topics.IsThingName(request.Device)) return "device is no thing name";
        if (request.Width < 1 || request.Height < 1) return $"the frame is {request.Width}x{request.Height}";
        if (request.FacesDropped < 0) return $"faces_dropped is {request.FacesDropped}";
        if (request.Faces is not { Count: > 0 }) return "the request has no face";
        for (var i = 0; i < request.Faces.Count; i++)
        {
            if (ProblemOf(request.Faces[i]) is { } problem) return $"face {i}: {problem}";
        }
        return null;
    }

    private static string? ProblemOf(RequestFace? face)
    {
        if (face is null) return "is null";
        if (face.Box is not { Length: 4 } box || !AllFinite(box) || box[2] <= box[0] || box[3] <= box[1]) return "box is not [x1, y1, x2, y2] of finite numbers with x1 < x2 and y1 < y2";
        if (!float.IsFinite(face.Score)) return "score is not finite";
        if (face.Landmarks is not { Length: 5 } points || points.Any(static point => point is not { Length: 2 } || !AllFinite(point))) return "landmarks are not five [x, y] of finite numbers";
        if (face.Quality is { } quality && ProblemOf(quality) is { } worse) return worse;
        if (face.Crops is not { Count: > 0 } && face.Embedding is null) return "it has neither crops nor an embedding";
        if (face.Crops is not null && face.Crops.Any(static crop => crop.Value is not { Length: > 0 })) return "a crop is empty";
        return face.Embedding is not null && string.IsNullOrEmpty(face.Model) ? "it has an embedding and no model" : null;
    }

    private static string? ProblemOf(Quality quality)
    {
        // Written so that NaN is outside every range.
        if (!(quality.Size > 0 && quality.Size <= LargestSide)) return Outside("size", quality.Size, $"more than 0, {LargestSide} at most");
        if (quality.Sharpness is { } sharpness && !(sharpness is >= 0 and <= 1)) return Outside("sharpness", sharpness, "0 to 1");
        if (!(quality.Yaw is >= -90 and <= 90)) return Outside("yaw", quality.Yaw, "degrees, -90 to 90");
        if (!(quality.Pitch is >= -90 and <= 90)) return Outside("pitch", quality.Pitch, "degrees, -90 to 90");
        return quality.Roll is >= -180 and <= 180 ? null : Outside("roll", quality.Roll, "degrees, -180 to 180");

        static string Outside(string key, float got, string wanted) => string.Create(CultureInfo.InvariantCulture, $"quality.{key} is {got}; wanted {wanted}");
    }

    private static bool AllFinite(float[] values) => values.All(float.IsFinite);
}
