using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sightline.Device.Synthetic;

/// <summary>What is known of a written frame: one JSON object a line in <c>truth.jsonl</c>.</summary>
public sealed record Truth(string File, long Number, int Width, int Height, IReadOnlyList<TrueFace> Faces)
{
    public static Truth Of(string file, SyntheticFrame frame) =>
        new(file, frame.Number, frame.Picture.Width, frame.Picture.Height, [.. frame.Faces.Select(TrueFace.Of)]);

    public string ToLine() => JsonSerializer.Serialize(this, TruthJson.Default.Truth);

    /// <exception cref="JsonException">The line is no truth.</exception>
    public static Truth Parse(string line) =>
        JsonSerializer.Deserialize(line, TruthJson.Default.Truth) ?? throw new JsonException($"got '{line}', wanted an object with file, number, width, height and faces");
}

/// <summary>Box is x1, y1, x2, y2; landmarks are eyes, nose and mouth corners, left before right; pixels, to a hundredth. Angles in degrees.</summary>
public sealed record TrueFace(string Name, ulong Person, bool Stranger, bool Fit, float[] Box, float[][] Landmarks, float Yaw, float Pitch, float Roll)
{
    public static TrueFace Of(SyntheticFace face) => new(
        face.Name, face.Person, face.Stranger, face.Fit, [Round(face.Box.X1), Round(face.Box.Y1), Round(face.Box.X2), Round(face.Box.Y2)],
        [.. face.Landmarks.ToArray().Select(point => new[] { Round(point.X), Round(point.Y) })], Round(face.Yaw), Round(face.Pitch), Round(face.Roll));

    private static float Round(float value) => MathF.Round(value, 2);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Truth))]
internal sealed partial class TruthJson : JsonSerializerContext;
