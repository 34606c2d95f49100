using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Sightline.Faces;

namespace Sightline.People;

/// <summary>Decisions as the journal's tables hold them.</summary>
internal static class JournalRows
{
    public static void Add(SqliteConnection file, Decision decision)
    {
        var detail = JsonSerializer.Serialize(JournalDetail.Of(decision), JournalJson.Default.JournalDetail);
        var id = file.Number("INSERT INTO decisions (request_id, device, face, outcome, decided_at, detail) VALUES (@0, @1, @2, @3, @4, @5) RETURNING id",
            decision.RequestId, decision.Device, decision.Face, decision.Outcome, decision.DecidedAt.ToUnixTimeMilliseconds(), detail);
        for (var place = 0; place < decision.Nearest.Count; place++)
            file.Execute("INSERT INTO nearest VALUES (@0, @1, @2, @3)", id, place, decision.Nearest[place].PersonId, decision.Nearest[place].Similarity);
        foreach (var (alignment, jpeg) in decision.Crops) file.Execute("INSERT INTO crops VALUES (@0, @1, @2)", id, alignment, jpeg);
    }

    /// <param name="file">The journal.</param>
    /// <param name="which">The end of the query.</param>
    /// <param name="values">Its parameters.</param>
    public static List<Decision> Read(SqliteConnection file, string which, params ReadOnlySpan<object> values)
    {
        var found = file.Query(
            row => (Id: row.GetInt64(0), RequestId: row.GetString(1), Device: row.GetString(2), Face: row.GetInt32(3), Outcome: row.GetString(4), At: row.GetInt64(5), Detail: row.GetString(6)),
            $"SELECT id, request_id, device, face, outcome, decided_at, detail FROM decisions {which}", values);
        return found.ConvertAll(row => DetailOf(row.Detail).ToDecision(row.RequestId, row.Device, row.Face, row.Outcome, DateTimeOffset.FromUnixTimeMilliseconds(row.At),
            file.Query(near => new Neighbour(near.GetString(0), near.GetFloat(1)), "SELECT person_id, similarity FROM nearest WHERE decision_id = @0 ORDER BY place", row.Id),
            file.Query(crop => (crop.GetString(0), (byte[])crop[1]), "SELECT alignment, jpeg FROM crops WHERE decision_id = @0", row.Id)));
    }

    private static JournalDetail DetailOf(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, JournalJson.Default.JournalDetail) ?? throw new InvalidDataException("a decision's detail is null");
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"a decision's detail is broken: {broken.Message}", broken);
        }
    }
}

/// <summary>Of a decision what is only ever read whole.</summary>
internal sealed record JournalDetail(
    string? Filename, Box Box, float Score, FaceQuality Quality, IReadOnlyList<GateOutcome> Gates, Threshold Threshold, string Model,
    DateTimeOffset? CapturedAt, DateTimeOffset ReceivedAt, double EmbedMs, double SearchMs)
{
    public static JournalDetail Of(Decision of) => new(
        of.Filename, of.Box, of.Score, of.Quality, of.Gates, of.Threshold, of.Model, of.CapturedAt, of.ReceivedAt, of.EmbedMs, of.SearchMs);

    public Decision ToDecision(
        string requestId, string device, int face, string outcome, DateTimeOffset decidedAt, IReadOnlyList<Neighbour> nearest, IEnumerable<(string Alignment, byte[] Jpeg)> crops) => new()
        {
            RequestId = requestId,
            Device = device,
            Filename = Filename,
            Face = face,
            Box = Box,
            Score = Score,
            Quality = Quality,
            Gates = Gates,
            Outcome = outcome,
            Nearest = nearest,
            Threshold = Threshold,
            Model = Model,
            CapturedAt = CapturedAt,
            ReceivedAt = ReceivedAt,
            DecidedAt = decidedAt,
            EmbedMs = EmbedMs,
            SearchMs = SearchMs,
            Crops = crops.ToDictionary(crop => crop.Alignment, crop => crop.Jpeg, StringComparer.Ordinal),
        };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(JournalDetail))]
internal sealed partial class JournalJson : JsonSerializerContext;
