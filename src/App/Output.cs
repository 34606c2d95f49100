using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sightline.App.Calibrating;
using Sightline.App.Evaluation;
using Sightline.App.Switching;
using Sightline.Device;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.App;

/// <summary>One object a line on standard output, as docs/wire.md has them. Keys are only ever added.</summary>
internal static class Output
{
    // Relaxed: names are people's, and "Zoë" is to be readable; nobody pastes these lines into HTML.
    private static readonly CliJson Json = new(new JsonSerializerOptions(CliJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Answers as they travel.</summary>
    public static readonly WireJson Wire = new(new JsonSerializerOptions(WireJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static string Line(DetectLine line) => JsonSerializer.Serialize(line, Json.DetectLine);
    public static string Line(IdentifyLine line) => JsonSerializer.Serialize(line, Json.IdentifyLine);
    public static string Line(EmbedLine line) => JsonSerializer.Serialize(line, Json.EmbedLine);
    public static string Line(PersonLine line) => JsonSerializer.Serialize(line, Json.PersonLine);
    public static string Line(EnrolledLine line) => JsonSerializer.Serialize(line, Json.EnrolledLine);
    public static string Line(SummaryLine line) => JsonSerializer.Serialize(line, Json.SummaryLine);
    public static string Line(AssetLine line) => JsonSerializer.Serialize(line, Json.AssetLine);
    public static string Line(ModelLine line) => JsonSerializer.Serialize(line, Json.ModelLine);
    public static string Line(ImportLine line) => JsonSerializer.Serialize(line, Json.ImportLine);
    public static string Line(ImportedPeopleLine line) => JsonSerializer.Serialize(line, Json.ImportedPeopleLine);
    public static string Line(CalibrateLine line) => JsonSerializer.Serialize(line, Json.CalibrateLine);
    public static string Line(SwitchLine line) => JsonSerializer.Serialize(line, Json.SwitchLine);
    public static string Line(ExplainLine line) => JsonSerializer.Serialize(line, Json.ExplainLine);
    public static string Line(PublishLine line) => JsonSerializer.Serialize(line, Json.PublishLine);
    public static string Line(EvalLine line) => JsonSerializer.Serialize(line, Json.EvalLine);
    public static string Line(BooksLine line) => JsonSerializer.Serialize(line, Json.BooksLine);
    public static string Line(BooksSummaryLine line) => JsonSerializer.Serialize(line, Json.BooksSummaryLine);
    public static string Line(QueueLine line) => JsonSerializer.Serialize(line, Json.QueueLine);
    public static string Line(MessageLine line) => JsonSerializer.Serialize(line, Json.MessageLine);
    public static string Line(ReplayedLine line) => JsonSerializer.Serialize(line, Json.ReplayedLine);
    public static string Line(MovedLine line) => JsonSerializer.Serialize(line, Json.MovedLine);
    public static string Line(PurgedLine line) => JsonSerializer.Serialize(line, Json.PurgedLine);

    // Pixels to a hundredth, scores and similarities to what float can honestly tell, vectors to well below the 1e-4 that two machines differ by.
    public static float Pixel(float value) => MathF.Round(value, 2);
    public static float Share(float value) => MathF.Round(value, 5);
    public static float? Share(float? value) => value is { } there ? Share(there) : null;
    public static float Degrees(float value) => MathF.Round(value, 1);
    public static double Milliseconds(double value) => Math.Round(value, 1);
    public static double? Milliseconds(double? value) => value is { } there ? Milliseconds(there) : null;

    /// <param name="summary">How sending went.</param>
    /// <param name="score">Null where nobody knows who was there.</param>
    public static SummaryLine Of(SendSummary summary, Score? score = null) => new(new(
        summary.Sent, summary.Answered, summary.Lost, summary.Duplicate,
        Milliseconds(summary.P50Ms), Milliseconds(summary.P95Ms), Milliseconds(summary.P99Ms), Math.Round(summary.FramesPerS, 2), score?.Judged, score?.Right));

    public static float[] Of(Box box) => [Pixel(box.X1), Pixel(box.Y1), Pixel(box.X2), Pixel(box.Y2)];
    public static float[][] Of(Landmarks landmarks) => [.. landmarks.ToArray().Select(point => new[] { Pixel(point.X), Pixel(point.Y) })];
    public static QualityLine Of(FaceQuality quality) => new(Pixel(quality.Size), Share(quality.Sharpness), Degrees(quality.Yaw), Degrees(quality.Pitch), Degrees(quality.Roll));
    public static IReadOnlyList<ExplainGate> Of(IReadOnlyList<GateOutcome> gates) => [.. gates.Select(gate => new ExplainGate(gate.Gate, Share(gate.Measured), gate.Limit, gate.Passed))];
    public static float[] Of(float[] embedding) => [.. embedding.Select(value => MathF.Round(value, 6))];
}

internal sealed record DetectLine(string File, int Width, int Height, IReadOnlyList<DetectFace> Faces, double ElapsedMs, string Detector);

internal sealed record DetectFace(float[] Box, float Score, float[][] Landmarks, QualityLine Quality);

/// <summary>As <see cref="FaceQuality"/> has it.</summary>
internal sealed record QualityLine(float Size, float? Sharpness, float Yaw, float Pitch, float Roll);

internal sealed record IdentifyLine(string File, int Width, int Height, IReadOnlyList<IdentifyFace> Faces, double ElapsedMs, string Model, string Detector);

/// <summary>Name and PersonId are null when the decision is not known, everything about the search when it is a gate's name.</summary>
internal sealed record IdentifyFace(
    float[] Box, float Score, float[][] Landmarks, string? Name, string? PersonId, string Decision, float? Similarity, float? Margin,
    float? Threshold, float? MinMargin, string? ThresholdSource, QualityLine Quality,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IdentifyWhy? Why = null);

internal sealed record IdentifyWhy(IReadOnlyList<ExplainGate> Gates, IReadOnlyList<ExplainNearest> Nearest, string ThresholdBecause);

internal sealed record EmbedLine(string File, string Model, IReadOnlyList<EmbedFace> Faces);

internal sealed record EmbedFace(float[] Box, float[] Embedding);

/// <summary>WithoutPicture counts those of Photos that came as a vector alone.</summary>
internal sealed record PersonLine(string Id, string Name, int Photos, DateTimeOffset EnrolledAt, int WithoutPicture = 0);

/// <summary>Deleted counts older galleries at the URL.</summary>
internal sealed record PublishLine(string Url, string Key, int People, string Model, long Bytes, int Deleted);

/// <summary>Photos were added, Already were there; Imported is false where nothing was taken, because something was wrong.</summary>
internal sealed record ImportedPeopleLine(string File, string Model, int Embeddings, bool Imported, int Photos, int Already, int NewPeople, IReadOnlyList<WrongEntry> Wrong);

/// <summary>Place counts from 1.</summary>
internal sealed record WrongEntry(int Place, string Name, string Reason);

/// <summary>Reason is null where the photograph was taken; Warning speaks of somebody else who is close.</summary>
internal sealed record EnrolledLine(string File, string Name, bool Enrolled, string? PersonId, int? Photos, string? Reason, string? Warning);

internal sealed record SummaryLine(Summary Summary);

/// <summary>The last two only where who is there is known: frames that can be judged, and those of them in which everybody was named as they are.</summary>
internal sealed record Summary(
    long Sent, long Answered, long Lost, long Duplicate, double? P50Ms, double? P95Ms, double? P99Ms, double FramesPerS,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Judged = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? NamesRight = null);

internal sealed record AssetLine(string Path, string? File, long Bytes, string State, string Sha256, string License, string Purpose, Uri Url);

/// <summary>File is null for what is built in and for what is missing.</summary>
internal sealed record ModelLine(
    string Name, string Id, string State, string? File, string Alignment, int Side, float[] Mean, float[] Deviation, int Dimensions, string Metric, float Threshold, float MinMargin, string ThresholdSource, string ThresholdBecause);

/// <summary>Name is null where the outcome is not <c>known</c>.</summary>
internal sealed record ExplainLine(
    string RequestId, string Device, string? Filename, int Face, float[] Box, float Score, string Outcome, string? Name, QualityLine Quality, IReadOnlyList<ExplainGate> Gates,
    IReadOnlyList<ExplainNearest> Nearest, float? Margin, float Threshold, float MinMargin, string ThresholdSource, string ThresholdBecause, string Model,
    DateTimeOffset? CapturedAt, DateTimeOffset ReceivedAt, DateTimeOffset DecidedAt, double EmbedMs, double SearchMs);

internal sealed record ExplainGate(string Gate, float? Measured, float? Limit, bool Passed);

internal sealed record ExplainNearest(string PersonId, string Name, float Similarity);

internal sealed record ImportLine(string Checkpoint, string CheckpointSha256, string File, long Bytes, string Sha256, double ElapsedMs);

/// <summary>Accepted is the sum of Answered (of which Results says what), Expired, Failed, HandedOver and Open.</summary>
internal sealed record BooksLine(
    string Device, long Accepted, long Answered, IReadOnlyDictionary<string, long> Results, long Expired, long Failed, long HandedOver, long Open, long Duplicates, long ReusedIds);

internal sealed record BooksSummaryLine(BooksSummary Summary);

internal sealed record BooksSummary(BooksLine All, bool Balances, long Spooled, long SpooledBytes);
/// <summary>Approximate where Amazon counts; DeadLetters is the queue that they go to.</summary>
internal sealed record QueueLine(string Queue, string What, int Waiting, int InFlight, int Delayed, bool Approximate, string? DeadLetters);

/// <summary>From is the queue that gave it up. Body is the message's JSON, with {"bytes": N} for each blob; Text where it is no JSON. Neither in a list.</summary>
internal sealed record MessageLine(
    string Id, string Queue, string? From, DateTimeOffset SentAt, int ReceiveCount, string What, string? RequestId, string? Device, string? Problem, int Bytes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Body = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Text = null);

internal sealed record ReplayedLine(string Id, string From, string To);

/// <summary>Status as SQS has it.</summary>
internal sealed record MovedLine(string Queue, string Status, long Moved, long ToMove, string? FailureReason);

/// <summary>Id is null where the whole queue was emptied of Messages.</summary>
internal sealed record PurgedLine(string? Id, string Queue, int Messages);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DetectLine))]
[JsonSerializable(typeof(IdentifyLine))]
[JsonSerializable(typeof(EmbedLine))]
[JsonSerializable(typeof(PersonLine))]
[JsonSerializable(typeof(PublishLine))]
[JsonSerializable(typeof(EnrolledLine))]
[JsonSerializable(typeof(SummaryLine))]
[JsonSerializable(typeof(AssetLine))]
[JsonSerializable(typeof(ModelLine))]
[JsonSerializable(typeof(ImportLine))]
[JsonSerializable(typeof(ImportedPeopleLine))]
[JsonSerializable(typeof(CalibrateLine))]
[JsonSerializable(typeof(SwitchLine))]
[JsonSerializable(typeof(ExplainLine))]
[JsonSerializable(typeof(EvalLine))]
[JsonSerializable(typeof(BooksLine))]
[JsonSerializable(typeof(BooksSummaryLine))]
[JsonSerializable(typeof(QueueLine))]
[JsonSerializable(typeof(MessageLine))]
[JsonSerializable(typeof(ReplayedLine))]
[JsonSerializable(typeof(MovedLine))]
[JsonSerializable(typeof(PurgedLine))]
internal sealed partial class CliJson : JsonSerializerContext;
