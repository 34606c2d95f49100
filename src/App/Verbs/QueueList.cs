using Sightline.Wire;

namespace Sightline.App.Verbs;

/// <summary><c>sightline queue list</c>: how much lies where.</summary>
internal static class QueueList
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "list", "Request queue, response queue and their dead letters: how many messages wait, are in flight, are delayed. At Amazon these are rough",
            "sightline queue list", "sightline queue list --sqs aws --json");
        var reach = QueueReach.On(verb);
        var json = verb.Switch("--json", "One JSON object a line: queue, what, waiting, in_flight, delayed, approximate, dead_letters");
        verb.SetAction((parsed, _) => reach.RunAsync(parsed, (reached, stop) => RunAsync(cli, reached, parsed.GetValue(json), stop)));
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, Reached reached, bool json, CancellationToken stop)
    {
        var ours = await reached.OursAsync(stop);
        await using var letters = await DeadLetters.OpenAsync(reached.Sqs, ours, stop);
        var lines = new List<QueueLine>();
        foreach (var (queue, what) in new[] { (ours[0], "requests"), (ours[1], "answers") })
        {
            var dead = letters.Queues.FirstOrDefault(place => place.Sources.Contains(queue));
            lines.Add(LineOf(queue, await queue.DepthAsync(stop), what, dead?.Queue.Name));
        }
        foreach (var place in letters.Queues)
            lines.Add(LineOf(place.Queue, await place.Queue.DepthAsync(stop), $"dead letters of {string.Join(" and ", place.Sources.Select(source => source.Name))}", null));

        if (json) foreach (var line in lines) cli.Out.WriteLine(Output.Line(line));
        else Write(cli, lines);
        foreach (var queue in ours.Where(queue => queue.DeadLetterArn is null))
            cli.Error.WriteLine($"{queue.Name} has no RedrivePolicy: what fails there comes again for ever, and never becomes a dead letter");
        return ExitCode.Fine;
    }

    private static QueueLine LineOf(SqsQueue queue, QueueDepth depth, string what, string? dead) =>
        new(queue.Name, what, depth.Waiting, depth.InFlight, depth.Delayed, queue.IsCountedRoughly, dead);

    private static void Write(Cli cli, List<QueueLine> lines)
    {
        var about = lines.Exists(line => line.Approximate) ? "about " : "";
        string[][] rows = [.. lines.Select(line => new[] { line.Queue, $"{line.Waiting}", $"{line.InFlight}", $"{line.Delayed}", line.What })];
        foreach (var line in PlainTable.Lines(["queue", about + "waiting", about + "in flight", about + "delayed", "what"], rows, 1, 2, 3)) cli.Out.WriteLine(line);
    }
}
