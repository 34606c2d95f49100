using Sightline.Wire;

namespace Sightline.App.Verbs;

/// <summary><c>sightline queue dead purge</c>: dead letters that nobody wants back.</summary>
internal static class QueueDeadPurge
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "purge", "Delete dead letters for good; asks before it does, and without a terminal to ask on wants --yes",
            "sightline queue dead purge 4f3c0d2e", "sightline queue dead purge --all --yes");
        var ids = verb.Words("ID", "As `sightline queue dead list` has it, or how it begins", required: false);
        var all = verb.Switch("--all", "Every one, also those that other queues gave up to the same place, and what comes while SQS is at it");
        var yes = verb.Switch("--yes", "Do not ask");
        var reach = QueueReach.On(verb);
        var json = verb.Switch("--json", "One JSON object a line: id, queue, messages");
        verb.SetAction((parsed, _) =>
        {
            var asked = QueueDead.Asked(parsed.GetValue(ids)!, parsed.GetValue(all));
            if (!parsed.GetValue(yes) && !cli.InIsTerminal) throw Complaint.Usage("purge deletes for good and there is no terminal to ask on: give --yes where that is what you want; nothing was deleted");
            return reach.RunAsync(parsed, (reached, stop) => asked is null
                ? AllAsync(cli, reached, parsed.GetValue(yes), parsed.GetValue(json), stop)
                : SomeAsync(cli, reached, asked, parsed.GetValue(yes), parsed.GetValue(json), stop));
        });
        return verb;
    }

    private static async Task<int> SomeAsync(Cli cli, Reached reached, string[] ids, bool yes, bool json, CancellationToken stop)
    {
        await using var letters = await reached.DeadLettersAsync(stop);
        var found = await letters.FindAsync(ids, stop);
        if (found.Count > 0 && !yes && !IsWanted(cli, $"Delete {Wording.Count(found.Count, "dead letter")} for good: {Wording.Some([.. found.Select(letter => letter.Message.Id)])}?")) return Kept(cli);
        foreach (var letter in found)
        {
            await letters.DeleteAsync(letter, stop);
            cli.Out.WriteLine(json ? Output.Line(new PurgedLine(letter.Message.Id, letter.Place.Queue.Name, 1)) : $"{letter.Message.Id} is deleted");
        }
        return QueueDead.TellMissing(cli, ids, found, letters);
    }

    private static async Task<int> AllAsync(Cli cli, Reached reached, bool yes, bool json, CancellationToken stop)
    {
        await using var letters = await reached.DeadLettersAsync(stop);
        var there = new List<(DeadLetterPlace Place, int Messages)>();
        foreach (var place in letters.Queues)
        {
            var depth = await place.Queue.DepthAsync(stop);
            there.Add((place, depth.Waiting + depth.InFlight + depth.Delayed));
        }
        var what = string.Join(" and ", there.Select(one => $"{(one.Place.Queue.IsCountedRoughly ? "about " : "")}{one.Messages} in {one.Place.Queue.Name}"));
        if (!yes && !IsWanted(cli, $"Delete every dead letter for good, {what}?")) return Kept(cli);
        foreach (var (place, messages) in there)
        {
            await letters.PurgeAsync(place, stop);
            var takes = place.Queue.IsCountedRoughly ? "; that takes SQS up to a minute" : "";
            cli.Out.WriteLine(json ? Output.Line(new PurgedLine(null, place.Queue.Name, messages)) : $"{place.Queue.Name}: {messages} deleted{takes}");
        }
        return ExitCode.Fine;
    }

    private static bool IsWanted(Cli cli, string question)
    {
        cli.Error.Write($"{question} [y/N] ");
        return cli.In.ReadLine()?.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    private static int Kept(Cli cli)
    {
        cli.Error.WriteLine("nothing was deleted");
        return ExitCode.Failed;
    }
}
