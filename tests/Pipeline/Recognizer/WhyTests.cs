using System.Text.Json;
using Microsoft.Data.Sqlite;
using Sightline.People;
using Sightline.Pipeline.Wire;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Recognizer;

/// <summary>Every answer can explain itself: to the device that asks, and to whoever runs the recognizer.</summary>
public sealed class WhyTests
{
    [Fact]
    public async Task A_frame_that_asks_why_is_told_and_one_that_does_not_is_not()
    {
        await using var rig = await RigAsync();
        var device = await rig.ConnectAsync();

        await PublishAsync(device, "asked", Cast.Alone(0), why: true);
        var why = (await device.AnswerAsync()).Faces[0].Why!;
        await device.SendAsync("not asked", Cast.Alone(0));
        Assert.Null((await device.AnswerAsync()).Faces[0].Why);
        await device.PublishAsync(Cast.Alone(0), message => message.WithUserProperty("why", "true"u8.ToArray()).WithCorrelationData("as bytes"u8.ToArray()));
        Assert.NotNull((await device.AnswerAsync()).Faces[0].Why);

        Assert.Equal(["too_small", "low_score", "turned_away", "blurred"], why.Gates.Select(gate => gate.Gate));
        Assert.All(why.Gates, gate => Assert.True(gate is { Passed: true, Measured: not null, Limit: not null }));
        Assert.Equal(2, why.Nearest.Count);
        Assert.True(why.Nearest[0].Similarity > why.Nearest[1].Similarity);
        Assert.Equal(rig.Model.Threshold.Because, why.ThresholdBecause);
        Assert.True(why.EmbedMs > 0);
    }

    [Fact]
    public async Task A_face_that_a_gate_stops_says_which_and_by_how_much()
    {
        await using var rig = await RigAsync();
        var device = await rig.ConnectAsync();

        await PublishAsync(device, "7", Cast.OutOfFocus(0), why: true);

        var why = (await device.AnswerAsync()).Faces[0].Why!;
        Assert.Equal(("blurred", false), (why.Gates[^1].Gate, why.Gates[^1].Passed));
        Assert.True(why.Gates[^1].Measured < why.Gates[^1].Limit);
        Assert.Empty(why.Nearest);
        Assert.Equal(0, why.EmbedMs);
    }

    [Fact]
    public async Task Explain_tells_what_the_answer_told_and_more()
    {
        await using var rig = await RigAsync();
        var device = await rig.ConnectAsync();
        await device.SendAsync("frame 7", Cast.Couple(), "couple.jpg");
        var answer = await device.AnswerAsync();
        await RecordedAsync(rig, "frame 7");

        var (code, output, error) = await App.Program.RunAsync(["explain", "frame 7", "--gallery", rig.GalleryFile, "--json"]);

        Assert.Equal((0, ""), (code, error));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(answer.Faces.Count, lines.Count);
        foreach (var (face, line) in answer.Faces.Zip(lines))
        {
            Assert.Equal((face.Decision, face.Name), (line.GetProperty("outcome").GetString(), line.GetProperty("name").GetString()));
            Assert.Equal(face.Similarity!.Value, line.GetProperty("nearest")[0].GetProperty("similarity").GetSingle(), 1e-4f);
            Assert.Equal(face.ThresholdSource, line.GetProperty("threshold_source").GetString());
        }
        Assert.Equal("Person Twenty", lines.Select(line => line.GetProperty("name").GetString()).Single(name => name is not null));

        var crops = Path.Combine(Path.GetDirectoryName(rig.GalleryFile)!, "seen");
        (code, output, error) = await App.Program.RunAsync(["explain", "frame 7", "--gallery", rig.GalleryFile, "--crops", crops]);
        Assert.Equal(0, code);
        Assert.Equal(["frame_7-1-112-five-points.jpg", "frame_7-2-112-five-points.jpg"], Directory.GetFiles(crops).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var word in new[] { "couple.jpg", "Person Twenty", "Person One", "unknown", "too_small (", "passed", "threshold", "measured on samples", rig.Model.Id }) Assert.Contains(word, output, StringComparison.Ordinal);

        (code, output, _) = await App.Program.RunAsync(["explain", "--gallery", rig.GalleryFile]);
        Assert.Equal((0, 2), (code, output.Split('\n').Count(line => line.Contains("frame 7", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_request_that_was_never_decided_on_is_said_to_be_unknown_with_where_was_looked()
    {
        await using var rig = await RigAsync();

        var (code, _, error) = await App.Program.RunAsync(["explain", "nothing", "--gallery", rig.GalleryFile]);

        Assert.Equal(1, code);
        Assert.Contains("no decision on request nothing", error, StringComparison.Ordinal);
        Assert.Contains(Journal.PathOf(rig.GalleryFile), error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_keep_0_nothing_is_recorded_and_a_journal_that_is_damaged_on_the_way_holds_nobody_up()
    {
        await using var rig = await RigAsync(keep: 0);
        var device = await rig.ConnectAsync();
        await device.SendAsync("7", Cast.Alone(0));
        Assert.Equal("Person One", (await device.AnswerAsync()).Result);
        Assert.False(File.Exists(Journal.PathOf(rig.GalleryFile)));
        await rig.StopRecognizerAsync();

        await rig.StartRecognizerAsync();
        using (var journal = new SqliteConnection($"Data Source={Journal.PathOf(rig.GalleryFile)};Pooling=False"))
        {
            journal.Open();
            using var command = journal.CreateCommand();
            command.CommandText = "DROP TABLE crops";
            command.ExecuteNonQuery();
        }
        foreach (var id in new[] { "8", "9" })
        {
            await device.SendAsync(id, Cast.Alone(0));
            Assert.Equal("Person One", (await device.AnswerAsync()).Result);
        }
        await rig.StopRecognizerAsync(); // it records after it has answered
        Assert.Single(rig.Log.Lines, line => line.Text.Contains("cannot be recorded", StringComparison.Ordinal));
    }

    private static async Task<Rig> RigAsync(int keep = Journal.UsualKeep)
    {
        var rig = await Rig.StartAsync(recognizer: false);
        rig.Enroll(("Person One", Cast.Portrait(0)), ("Person Twenty", Cast.Portrait(20)));
        await rig.StartRecognizerAsync(worker => worker with { Keep = keep });
        return rig;
    }

    private static Task PublishAsync(TestDevice device, string id, byte[] frame, bool why) =>
        device.PublishAsync(JsonSerializer.SerializeToUtf8Bytes(new FrameMessage { RequestId = id, Encoded = frame, Why = why }, WireJson.Default.FrameMessage));

    /// <summary>Decisions are recorded after they are answered.</summary>
    private static async Task RecordedAsync(Rig rig, string id)
    {
        using var journal = Journal.OpenToRead(rig.GalleryFile, TimeProvider.System)!;
        await Soon.Until(() => journal.Find(id).Count > 0);
    }
}
