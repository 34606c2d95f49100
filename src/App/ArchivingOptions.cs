using System.CommandLine;
using Sightline.Wire;

namespace Sightline.App;

/// <summary>What is kept of what came by, and where: on <c>up</c>, <c>recognize</c> and <c>edge</c>.</summary>
internal sealed record ArchivingOptions(Cli Cli, Option<string?> Archive, Option<string> What, Option<bool>? Frames, Option<int> Days)
{
    /// <param name="verb">Gets them.</param>
    /// <param name="keeps">What of it is kept there.</param>
    /// <param name="frames">Whether it has the frames.</param>
    public static ArchivingOptions On(Verb verb, string keeps, bool frames) => new(
        verb.Cli,
        verb.Optional("--archive", "URL", $"Keep {keeps} there: s3://bucket/prefix, with your AWS credentials, or file:///folder; pictures of whoever comes by"),
        verb.Choice("--archive-what", "unknown", "Of whom: unknown, whoever has no name; all; or off, nobody", "off", "unknown", "all"),
        frames ? verb.Switch("--archive-frames", "Also keep the frames there whole, and with them whatever else they show; of unknown: those on which nobody has a name") : null,
        verb.Number("--archive-days", 0, 0, 36_500, "Of an archive in a folder: delete what is older; 0: keep it. A bucket has its lifecycle rules for that"));

    /// <summary>Null where there is none.</summary>
    /// <exception cref="WireException">The URL is no place for objects.</exception>
    public ArchiveOptions? Of(ParseResult parsed)
    {
        if (parsed.GetValue(Archive) is not { } url) return null;
        var options = new ArchiveOptions
        {
            Url = url,
            What = ArchiveOptions.WhatOf(parsed.GetValue(What)!)!.Value,
            Frames = Frames is not null && parsed.GetValue(Frames),
            Days = parsed.GetValue(Days) is > 0 and var days ? days : null,
            S3Endpoint = WireOptions.S3Endpoint(Cli),
        };
        options.Connect().Dispose(); // a wrong setting is told before anything is fetched
        return options;
    }
}
