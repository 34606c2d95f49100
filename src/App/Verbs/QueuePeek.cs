using Sightline.Wire;

namespace Sightline.App.Verbs;

/// <summary><c>sightline queue peek</c>: the first messages of a queue, which stay there.</summary>
internal static class QueuePeek
{
    private const int Usual = 5;

    // More than a person reads; SQS lets 120,000 be in flight.
    private const int Most = 1000;

    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "peek", "The first messages of a queue, which stay there; a peek counts as a receive all the same, since SQS shows a message to nobody else: they are hidden for a moment and given back at once. Of pictures the sizes are printed",
            "sightline queue peek", "sightline queue peek sightline-answers --count 1", "sightline queue peek sightline-requests-dead --json");
        var queue = verb.WordOrNone("QUEUE", "Its name or URL; the request queue where none is said");
        var count = verb.Number("--count", Usual, 1, Most, "So many at the most");
        var reach = QueueReach.On(verb);
        var json = verb.Switch("--json", "One JSON object a line: id, queue, from, sent_at, receive_count, what, request_id, device, problem, bytes, and body with {\"bytes\": N} for each picture, or text where it is no JSON");
        verb.SetAction((parsed, _) => reach.RunAsync(parsed, (reached, stop) => RunAsync(cli, reached, parsed.GetValue(queue), parsed.GetValue(count), parsed.GetValue(json), stop)));
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, Reached reached, string? name, int count, bool json, CancellationToken stop)
    {
        var queue = await reached.OpenAsync(name ?? reached.RequestQueue, stop);
        var depth = await queue.DepthAsync(stop);
        if (!json) cli.Out.WriteLine($"{queue.Name}: {(queue.IsCountedRoughly ? "about " : "")}{depth.Waiting} waiting, {depth.InFlight} in flight, {depth.Delayed} delayed");
        await using var glance = new Glance(queue);
        var seen = 0;
        await foreach (var message in glance.SeeAsync(count, stop))
        {
            seen++;
            if (json) cli.Out.WriteLine(Output.Line(MessageLines.LineOf(message, queue, withBody: true)));
            else Write(cli, message);
        }
        if (seen > 0 && queue.MaxReceiveCount is { } most) cli.Error.WriteLine($"that counted as a receive; after {most} a message goes to the dead letters");
        return ExitCode.Fine;
    }

    private static void Write(Cli cli, SeenMessage message)
    {
        var content = QueueContent.Of(message.Body);
        cli.Out.WriteLine();
        cli.Out.WriteLine($"{message.Id}  sent {MessageLines.At(message.SentAt)} ({Wording.Ago(cli.Time.GetUtcNow() - message.SentAt)}), received {Wording.Count(message.ReceiveCount, "time")}");
        cli.Out.WriteLine($"  {MessageLines.What(content)}");
        if (content.Problem is { } problem) cli.Out.WriteLine($"  {problem}");
        cli.Out.WriteLine($"  {MessageLines.Bytes(message.Body)}: {MessageLines.Body(message.Body)}");
    }
}
