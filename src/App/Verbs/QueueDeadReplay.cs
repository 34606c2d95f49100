using Sightline.Wire;

namespace Sightline.App.Verbs;

/// <summary><c>sightline queue dead replay</c>: dead letters go back to the queue that gave them up.</summary>
internal static class QueueDeadReplay
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "replay", "Send dead letters back to the queue that gave them up, as new messages with all their tries before them; each is sent before it is deleted here, so what is broken off leaves one twice, and none lost",
            "sightline queue dead replay --all", "sightline queue dead replay 4f3c0d2e 9a0b77c4");
        var ids = verb.Words("ID", "As `sightline queue dead list` has it, or how it begins", required: false);
        var all = verb.Switch("--all", "Every one, moved by SQS itself, which goes on where this is stopped; also those that other queues gave up to the same place");
        var reach = QueueReach.On(verb);
        var json = verb.Switch("--json", "One JSON object a line: id, from, to; with --all queue, status, moved, to_move, failure_reason");
        verb.SetAction((parsed, _) =>
        {
            var asked = QueueDead.Asked(parsed.GetValue(ids)!, parsed.GetValue(all));
            return reach.RunAsync(parsed, (reached, stop) => asked is null ? AllAsync(cli, reached, parsed.GetValue(json), stop) : SomeAsync(cli, reached, asked, parsed.GetValue(json), stop));
        });
        return verb;
    }

    private static async Task<int> SomeAsync(Cli cli, Reached reached, string[] ids, bool json, CancellationToken stop)
    {
        await using var letters = await reached.DeadLettersAsync(stop);
        var found = await letters.FindAsync(ids, stop);
        foreach (var letter in found)
        {
            var to = await letters.ReplayAsync(letter, stop);
            cli.Out.WriteLine(json ? Output.Line(new ReplayedLine(letter.Message.Id, letter.Place.Queue.Name, to)) : $"{letter.Message.Id} is back in {to}");
        }
        return QueueDead.TellMissing(cli, ids, found, letters);
    }

    private static async Task<int> AllAsync(Cli cli, Reached reached, bool json, CancellationToken stop)
    {
        await using var letters = await reached.DeadLettersAsync(stop);
        var failed = false;
        foreach (var place in letters.Queues)
        {
            var depth = await place.Queue.DepthAsync(stop);
            if (depth.Waiting == 0 && !place.Queue.IsCountedRoughly)
            {
                var hidden = depth.InFlight > 0 ? $", {depth.InFlight} in flight: somebody has them in hand" : "";
                cli.Out.WriteLine(json ? Output.Line(new MovedLine(place.Queue.Name, "COMPLETED", 0, 0, null)) : $"{place.Queue.Name}: none{hidden}");
                continue;
            }
            var end = await letters.ReplayAllAsync(place, cli.Time, stop);
            failed |= end.Status != "COMPLETED";
            cli.Out.WriteLine(json
                ? Output.Line(new MovedLine(place.Queue.Name, end.Status, end.Moved, end.ToMove, end.FailureReason))
                : $"{place.Queue.Name}: {end.Moved} of {end.ToMove} moved back{(end.Status == "COMPLETED" ? "" : $", then {end.Status}{Because(end)}")}");
        }
        return failed ? ExitCode.Failed : ExitCode.Fine;
    }

    private static string Because(MoveProgress end) => end.FailureReason switch
    {
        null => "",
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html
        "CouldNotDetermineMessageSource" => ": the next one was sent there by hand and says no queue that it is from (CouldNotDetermineMessageSource); `sightline queue dead replay ID` sends it to ours",
        var reason => $": {reason}",
    };
}
