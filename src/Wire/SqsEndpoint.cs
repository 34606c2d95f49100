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

    /// <summary>Amazon's hosts; a dot in front, or anybody could end a name so: https://docs.aws.amazon.com/general/latest/gr/sqs-service.html</summary>
    private static readonly string[] Amazons = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

    // Any does: the box takes the region from the signature.
    private const string BoxRegion = "us-east-1";

    private BasicAWSCredentials? _key;

    /// <summary>Null: Amazon, or whatever endpoint the user's AWS settings name.</summary>
    public Uri? Url { get; private init; }

    /// <summary>Amazon SQS with the user's region and credentials, as every AWS tool finds them.</summary>
    public static SqsEndpoint Aws { get; } = new();

    /// <summary>
    /// Any other endpoint. Who signs: the key of <see cref="SignedBy"/>; else, on loopback, a placeholder; at Amazon's own hosts the
    /// user's credentials as every AWS tool finds them; at any other host only what this process was given, AWS_ACCESS_KEY_ID and
    /// AWS_SECRET_ACCESS_KEY, so that no profile, role or token of the user's AWS account goes to somebody else's server unasked.
    /// </summary>
    public static SqsEndpoint At(Uri url)
    {
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            throw new WireException($"'{Quoted.Of(url.OriginalString)}' is no SQS endpoint; wanted http://host[:port] or https://host[:port], or 'aws'");
        return new SqsEndpoint { Url = url };
    }

    public bool IsLoopback => Url is { IsLoopback: true };

    internal bool IsAmazons => Url is null || Amazons.Any(a => Url.Host.EndsWith(a, StringComparison.OrdinalIgnoreCase));

    /// <summary>The same endpoint, and every request signed with this key.</summary>
    public SqsEndpoint SignedBy(string keyId, string secret) => this with { _key = new(keyId, secret) };

    /// <summary>The caller disposes the client. Nothing is sent yet.</summary>
    /// <exception cref="WireException">No region is set for Amazon, or no key for a host that needs one.</exception>
    public IAmazonSQS Connect()
    {
        var config = new AmazonSQSConfig { Timeout = RequestTimeout, ConnectTimeout = ConnectTimeout, MaxErrorRetry = Retries };
        if (Url is null)
        {
            config.RegionEndpoint = FallbackRegionFactory.GetRegionEndpoint() ?? throw NoRegion("Amazon SQS");
            return new AmazonSQSClient(config);
        }
        config.ServiceURL = Url.AbsoluteUri;
        if (_key is not null || IsLoopback)
        {
            config.AuthenticationRegion = BoxRegion;
            return new AmazonSQSClient(_key ?? new BasicAWSCredentials("sightline", "sightline"), config);
        }
        if (IsAmazons)
        {
            config.AuthenticationRegion = FallbackRegionFactory.GetRegionEndpoint()?.SystemName ?? throw NoRegion(Url.ToString());
            return new AmazonSQSClient(config);
        }
        config.AuthenticationRegion = FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName ?? BoxRegion;
        return new AmazonSQSClient(OfThisProcess(), config);
    }

    public override string ToString() => Url?.ToString() ?? "aws";

    private BasicAWSCredentials OfThisProcess()
    {
        try
        {
            // With a session token they are those of an AWS account, and the token would travel.
            if (new EnvironmentVariablesAWSCredentials().GetCredentials() is { UseToken: false } own)
                return new(own.AccessKey, own.SecretKey);
        }
        catch (InvalidOperationException)
        {
            // Not set: told below.
        }

        throw new WireException($"{Url} is neither this machine nor Amazon's, and nothing says which key to sign with there: give --sqs-keys FILE, " +
            "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (a profile, role or session token of your AWS account is not used there)");
    }

    private static WireException NoRegion(string where) =>
        new($"no AWS region is set and {where} needs one: set AWS_REGION, or a profile with a region (AWS_PROFILE)");
}
