using Sightline.Wire;

namespace Sightline.App.Verbs;

/// <summary><c>sightline queue dead list</c>: what was given up, and where it is from.</summary>
internal static class QueueDeadList
{
    private const int Usual = 50, Most = 100_000;

    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "list", "Messages of the request and the response queue that were received too often, the oldest first; looking counts as a receive, which does no harm here",
            "sightline queue dead list", "sightline queue dead list --json");
        var count = verb.Number("--count", Usual, 1, Most, "So many of each queue at the most");
        var reach = QueueReach.On(verb);
        var json = verb.Switch("--json", "One JSON object a line: id, queue, from, sent_at, receive_count, what, request_id, device, problem, bytes");
        verb.SetAction((parsed, _) => reach.RunAsync(parsed, (reached, stop) => RunAsync(cli, reached, parsed.GetValue(count), parsed.GetValue(json), stop)));
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, Reached reached, int count, bool json, CancellationToken stop)
    {
        await using var letters = await reached.DeadLettersAsync(stop);
        foreach (var place in letters.Queues)
        {
            var seen = new List<MessageLine>();
            await foreach (var letter in letters.ListAsync(place, count, stop))
            {
                seen.Add(MessageLines.LineOf(letter.Message, place.Queue, withBody: false));
                if (json) cli.Out.WriteLine(Output.Line(seen[^1]));
            }
            if (!json) Write(cli, place, seen, (await place.Queue.DepthAsync(stop)).Waiting);
        }
        return ExitCode.Fine;
    }

    private static void Write(Cli cli, DeadLetterPlace place, List<MessageLine> seen, int more)
    {
        if (seen.Count == 0)
        {
            cli.Out.WriteLine($"{place.Queue.Name}: none");
            return;
        }
        var sources = seen.Select(line => line.From ?? "nowhere, sent by hand").Distinct(StringComparer.Ordinal).ToList();
        var of = more > 0 ? $" of {(place.Queue.IsCountedRoughly ? "about " : "")}{seen.Count + more}" : "";
        cli.Out.WriteLine($"{place.Queue.Name}: {seen.Count}{of} from {string.Join(" and ", sources)}");
        string[][] rows = [.. seen.Select(line => new[]
        {
            line.Id, MessageLines.At(line.SentAt), $"{line.ReceiveCount}", line.Device is null ? "-" : Quoted.Of(line.Device), line.Problem ?? line.What,
        })];
        foreach (var line in PlainTable.Lines(["id", "sent", "received", "device", "what"], rows, 2)) cli.Out.WriteLine(line);
    }
}
