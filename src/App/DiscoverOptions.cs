using System.CommandLine;
using Sightline.Device;

namespace Sightline.App;

/// <summary>Whether a device asks AWS for its Greengrass core in place of being told its broker, and where.</summary>
internal sealed record DiscoverOptions(Verb Verb, BrokerOptions Broker, Option<bool> Discover, Option<string?> Region, Option<string?> Url)
{
    public static DiscoverOptions On(Verb verb, BrokerOptions broker) => new(
        verb,
        broker,
        verb.Switch("--discover", "Ask AWS for the Greengrass core of this thing in place of --broker; wants --cert and --key, which both know it by"),
        verb.Optional("--region", "REGION", "Where to ask with --discover, such as eu-west-1; else AWS_REGION"),
        verb.Optional("--discovery-url", "URL", "Where to ask with --discover, in place of the region's own address"));

    /// <summary>Null where nobody asks.</summary>
    public DiscoveryOptions? Of(ParseResult parsed)
    {
        if (!parsed.GetValue(Discover)) return null;
        if (parsed.GetResult(Broker.Url) is { Implicit: false }) throw Complaint.Usage($"got --discover and --broker {parsed.GetValue(Broker.Url)}; wanted one of the two");
        if (parsed.GetValue(Broker.Certificate) is null) throw Complaint.Usage("--discover wants the certificate of the thing; give --cert FILE and --key FILE");
        return new() { Url = UrlOf(parsed), Credentials = Broker.CredentialsOf(parsed) };
    }

    private Uri UrlOf(ParseResult parsed)
    {
        if (parsed.GetValue(Url) is { } text)
            return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps ? url : throw Complaint.Usage($"--discovery-url: got '{text}', wanted https://host[:port]");
        var region = parsed.GetValue(Region) ?? Verb.Cli.Variable("AWS_REGION") ?? throw Complaint.Usage("--discover wants to know where to ask; give --region REGION, or set AWS_REGION");
        return DiscoveryOptions.IsRegion(region) ? DiscoveryOptions.UrlOf(region) : throw Complaint.Usage($"--region: got '{region}', wanted one such as eu-west-1");
    }
}
