using Sightline.Wire;

namespace Sightline.App.Verbs;

/// <summary><c>sightline queue dead show</c>: one dead letter, and what is known of why.</summary>
internal static class QueueDeadShow
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "show", "One dead letter in full, pictures left out: how often it was received, when it was sent and where, and why it was given up, as far as that is known",
            "sightline queue dead show 4f3c0d2e", "sightline queue dead show 4f3c0d2e-7a51-4f1c-9a3c-0f6a4b8e2d11 --json");
        var id = verb.Word("ID", "As `sightline queue dead list` has it, or how it begins");
        var reach = QueueReach.On(verb);
        var json = verb.Switch("--json", "One JSON object: id, queue, from, sent_at, receive_count, what, request_id, device, problem, bytes, and body with {\"bytes\": N} for each picture, or text where it is no JSON");
        verb.SetAction((parsed, _) => reach.RunAsync(parsed, (reached, stop) => RunAsync(cli, reached, parsed.GetValue(id)!, parsed.GetValue(json), stop)));
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, Reached reached, string id, bool json, CancellationToken stop)
    {
        await using var letters = await reached.DeadLettersAsync(stop);
        if (await letters.FindAsync([id], stop) is not [var letter]) throw QueueDead.Missing(id, letters);
        if (json) cli.Out.WriteLine(Output.Line(MessageLines.LineOf(letter.Message, letter.Place.Queue, withBody: true)));
        else Write(cli, letter);
        return ExitCode.Fine;
    }

    private static void Write(Cli cli, DeadLetter letter)
    {
        var message = letter.Message;
        var content = QueueContent.Of(message.Body);
        cli.Out.WriteLine(message.Id);
        (string Name, string Value)[] facts =
        [
            ("lies in", letter.Place.Queue.Name),
            ("from", message.Source ?? "nowhere: it was sent there by hand"),
            ("sent", $"{MessageLines.At(message.SentAt)}, {Wording.Ago(cli.Time.GetUtcNow() - message.SentAt)}"),
            ("received", $"{Wording.Count(message.ReceiveCount, "time")}, this look counted"),
            ("what", MessageLines.What(content)),
            ("why", MessageLines.Why(message, content)),
            ("body", MessageLines.Bytes(message.Body)),
        ];
        foreach (var (name, value) in facts) cli.Out.WriteLine($"  {name,-8}  {value}");
        cli.Out.WriteLine(BlobFree.Json(message.Body, indented: true) ?? Quoted.Of(message.Body));
    }
}
