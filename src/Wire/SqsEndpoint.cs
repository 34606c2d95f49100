using Amazon.Runtime;
using Amazon.SQS;

namespace Sightline.Wire;

/// <summary>Which SQS to speak to, and as whom.</summary>
public sealed record SqsEndpoint
{
    // A long poll is 20 s at most (SQS ReceiveMessage, WaitTimeSeconds); the rest is for the network.
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    // Loops here have their own back-off and see an outage sooner with few silent tries.
    private const int Retries = 2;

    /// <summary>Null: Amazon, or whatever endpoint the user's AWS settings name.</summary>
    public Uri? Url { get; private init; }

    /// <summary>Amazon SQS with the user's region and credentials, as every AWS tool finds them.</summary>
    public static SqsEndpoint Aws { get; } = new();

    /// <summary>Any other endpoint. On loopback (the box) the credentials and region are fixed placeholders, never the user's; elsewhere the user's own.</summary>
    public static SqsEndpoint At(Uri url)
    {
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            throw new WireException($"'{Quoted.Of(url.OriginalString)}' is no SQS endpoint; wanted http://host[:port] or https://host[:port], or 'aws'");
        return new SqsEndpoint { Url = url };
    }

    public bool IsLoopback => Url is { IsLoopback: true };

    /// <summary>The caller disposes the client. Nothing is sent yet.</summary>
    /// <exception cref="WireException">No region is set.</exception>
    public IAmazonSQS Connect()
    {
        var config = new AmazonSQSConfig { Timeout = RequestTimeout, ConnectTimeout = ConnectTimeout, MaxErrorRetry = Retries };
        if (Url is null)
        {
            config.RegionEndpoint = FallbackRegionFactory.GetRegionEndpoint() ?? throw NoRegion("Amazon SQS");
            return new AmazonSQSClient(config);
        }
        config.ServiceURL = Url.AbsoluteUri;
        if (IsLoopback)
        {
            config.AuthenticationRegion = "us-east-1"; // any: the box does not look at it
            return new AmazonSQSClient(new BasicAWSCredentials("sightline", "sightline"), config);
        }
        config.AuthenticationRegion = FallbackRegionFactory.GetRegionEndpoint()?.SystemName ?? throw NoRegion(Url.ToString());
        return new AmazonSQSClient(config);
    }

    public override string ToString() => Url?.ToString() ?? "aws";

    private static WireException NoRegion(string where) =>
        new($"no AWS region is set and {where} needs one: set AWS_REGION, or a profile with a region (AWS_PROFILE)");
}
