using System.CommandLine;
using Sightline.Edge;
using Sightline.Wire;

namespace Sightline.App;

/// <summary>What a core keeps and for how long, and where else it may ask: the same on <c>edge</c> and <c>up</c>.</summary>
internal sealed record KeepingOptions(Option<double> FreshFor, Option<double> KeepFor, Option<int> SpoolMib, Option<string?> Fallback)
{
    public static KeepingOptions On(Verb verb)
    {
        var usual = new CoreOptions { Assets = verb.Cli.Assets };
        return new(
            verb.Real("--fresh-for", usual.FreshFor.TotalSeconds, 0.1, 86_400, "Seconds: an answer decided later is complete, but marked stale"),
            verb.Real("--keep-for", usual.KeepFor.TotalHours, 0.0001, 336, "Hours: an older frame is not recognized any more, but answered Expired"), // SQS keeps 14 days at the most
            verb.Number("--spool-mib", (int)(usual.SpoolBytes >> 20), 1, 1 << 20, "MiB of requests that wait on the disk while no queue can be reached; beyond it frames wait unacknowledged"),
            verb.Optional("--fallback", "URL", "A second SQS endpoint, with a recognizer of its own, for while the first cannot be reached: say, the box on this machine; its answers say source edge"));
    }

    /// <summary>Where the books are, which `sightline books` reads.</summary>
    public static string BooksIn(string data) => Path.Combine(data, "books.db");

    public SqsEndpoint? FallbackOf(ParseResult parsed)
    {
        if (parsed.GetValue(Fallback) is not { } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? SqsEndpoint.At(url)
            : throw Complaint.Usage($"--fallback: got '{text}', wanted a URL such as http://127.0.0.1:{QueueOptions.BoxPort}");
    }

    public TimeSpan FreshForOf(ParseResult parsed) => TimeSpan.FromSeconds(parsed.GetValue(FreshFor));

    public TimeSpan KeepForOf(ParseResult parsed) => TimeSpan.FromHours(parsed.GetValue(KeepFor));

    public long SpoolBytesOf(ParseResult parsed) => (long)parsed.GetValue(SpoolMib) << 20;
}
