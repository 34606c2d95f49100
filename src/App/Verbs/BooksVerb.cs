using System.Globalization;
using Sightline.Edge;

namespace Sightline.App.Verbs;

/// <summary><c>sightline books</c>: what became of every frame that was accepted.</summary>
internal static class BooksVerb
{
    // A look costs milliseconds; a second is as soon as somebody who waits wants to know.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "books", "What became of every frame that was accepted: answered, expired, failed or still open; exit code 1 where the books do not balance",
            "sightline books", "sightline books --drain 30 --json", "sightline books --data /var/lib/sightline");
        var data = verb.Text("--data", cli.DataFolder, "FOLDER", "The --data of `up` or `edge`");
        var drain = verb.Real("--drain", 0, 0, 86_400, "Wait until no frame is open, so many seconds at most; what is open then is exit code 1 too");
        var json = verb.Switch("--json", "A device a line, and at the end {\"summary\": …}");
        verb.SetAction(async (parsed, _) =>
        {
            var wanted = TimeSpan.FromSeconds(parsed.GetValue(drain));
            using var stopping = Stopping.OnSignals(cli);
            var books = await ReadAsync(KeepingOptions.BooksIn(parsed.GetValue(data)!), wanted, cli, stopping.Token);
            foreach (var line in parsed.GetValue(json) ? JsonOf(books) : TextOf(books)) cli.Out.WriteLine(line);
            if (!books.Balances) cli.Error.WriteLine("sightline: the books do not balance; that should not happen, please report it with the output of --json");
            var undrained = wanted > TimeSpan.Zero && books.All.Open > 0;
            if (undrained) cli.Error.WriteLine($"sightline: {Wording.Count(books.All.Open, "frame")} still open after {wanted.TotalSeconds:0} s; `sightline health` says which part does not work, `sightline queue list` where they wait");
            return books.Balances && !undrained ? ExitCode.Fine : ExitCode.Failed;
        });
        return verb;
    }

    /// <summary>One line, as the demo closes with it.</summary>
    public static string Sentence(BooksReport books)
    {
        var all = books.All;
        string[] ends = [$"{all.Answered} answered", .. Some(all.Expired, "expired"), .. Some(all.Failed, "failed"), .. Some(all.HandedOver, "handed over"), $"{all.Open} open"];
        return $"{all.Accepted} accepted = {string.Join(" + ", ends)}{(all.Duplicates > 0 ? $"; {Wording.Count(all.Duplicates, "duplicate")}" : "")}{(books.Balances ? "" : "  DOES NOT BALANCE")}";

        static string[] Some(long count, string what) => count > 0 ? [$"{count} {what}"] : [];
    }

    private static async Task<BooksReport> ReadAsync(string file, TimeSpan drain, Cli cli, CancellationToken stop)
    {
        var start = cli.Time.GetTimestamp();
        while (true)
        {
            var books = BooksReport.Read(file);
            if (books.All.Open == 0 || cli.Time.GetElapsedTime(start) >= drain) return books;
            await Task.Delay(BetweenLooks, cli.Time, stop);
        }
    }

    private static IEnumerable<string> TextOf(BooksReport books)
    {
        yield return $"books        {Sentence(books)}";
        if (books.All.Results.Count > 0) yield return $"answered     {string.Join(", ", books.All.Results.Select(result => $"{result.Value} {result.Key}"))}";
        if (books.Spooled > 0) yield return string.Create(CultureInfo.InvariantCulture, $"spool        {Wording.Count(books.Spooled, "request")}, {books.SpooledBytes / 1048576.0:0.0} MiB, until the queue can be reached");
        if (books.All.HandedOver > 0) yield return "handed over  the device takes those answers from the response queue itself; how they end is not seen here";
        if (books.Devices.Count == 0) yield break;
        yield return "";
        string[][] rows = [.. books.Devices.Select(Row)];
        foreach (var line in PlainTable.Lines(["device", "accepted", "answered", "expired", "failed", "handed over", "open", "duplicates"], rows, 1, 2, 3, 4, 5, 6, 7)) yield return line;
    }

    private static string[] Row(DeviceBooks device) =>
        [device.Device, $"{device.Accepted}", $"{device.Answered}", $"{device.Expired}", $"{device.Failed}", $"{device.HandedOver}", $"{device.Open}", $"{device.Duplicates}"];

    private static IEnumerable<string> JsonOf(BooksReport books)
    {
        foreach (var device in books.Devices) yield return Output.Line(Of(device));
        yield return Output.Line(new BooksSummaryLine(new(Of(books.All), books.Balances, books.Spooled, books.SpooledBytes)));
    }

    private static BooksLine Of(DeviceBooks books) =>
        new(books.Device, books.Accepted, books.Answered, books.Results, books.Expired, books.Failed, books.HandedOver, books.Open, books.Duplicates, books.ReusedIds);
}
