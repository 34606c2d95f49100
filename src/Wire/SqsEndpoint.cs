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

    /// <param name="text"><c>aws</c>, or a URL.</param>
    /// <exception cref="WireException">It is neither.</exception>
    public static SqsEndpoint Parse(string text) => text == "aws" ? Aws
        : Uri.TryCreate(text, UriKind.Absolute, out var url) ? At(url)
        : throw new WireException($"'{Quoted.Of(text)}' is no SQS endpoint; wanted http://host[:port] or https://host[:port], or 'aws'");

    public bool IsLoopback => Url is { IsLoopback: true };

    internal bool IsAmazons => IsAmazon(Url);

    internal static bool IsAmazon(Uri? url) => url is null || IsAmazonsHost(url);

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
        var (credentials, region) = _key is null ? SignerFor(Url, "give --sqs-keys FILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") : (_key, BoxRegion);
        config.AuthenticationRegion = region;
        return credentials is null ? new AmazonSQSClient(config) : new AmazonSQSClient(credentials, config);
    }

    public override string ToString() => Url?.ToString() ?? "aws";

    internal static bool IsAmazonsHost(Uri url) => Amazons.Any(a => url.Host.EndsWith(a, StringComparison.OrdinalIgnoreCase));

    /// <summary>Who signs at this URL, of whichever service, and for which region; without credentials: the user's own, as every AWS tool finds them.</summary>
    /// <param name="url">Not of the service's own choosing.</param>
    /// <param name="advice">What to do where nobody signs.</param>
    /// <exception cref="WireException">No region, or nobody who may sign there.</exception>
    internal static (BasicAWSCredentials? Credentials, string Region) SignerFor(Uri url, string advice)
    {
        if (url.IsLoopback) return (new BasicAWSCredentials("sightline", "sightline"), BoxRegion);
        if (IsAmazonsHost(url)) return (null, FallbackRegionFactory.GetRegionEndpoint()?.SystemName ?? throw NoRegion(url.ToString()));
        return (OfThisProcess(url, advice), FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName ?? BoxRegion);
    }

    internal static WireException NoRegion(string where) =>
        new($"no AWS region is set and {where} needs one: set AWS_REGION, or a profile with a region (AWS_PROFILE)");

    /// <summary>Told by the client's own message, which lists every place that it looked in, over a screenful.</summary>
    internal static bool IsMissingCredentials(AmazonClientException exception) => exception.Message.StartsWith("Failed to resolve AWS credentials", StringComparison.Ordinal);

    internal static WireException NoCredentials(string where, Exception cause) =>
        new($"no AWS credentials for {where}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE), or give the machine a role", cause);

    private static BasicAWSCredentials OfThisProcess(Uri url, string advice) => GivenToThisProcess() ??
        throw new WireException($"{url} is neither this machine nor Amazon's, and nothing says which key to sign with there: {advice} " +
            "(a profile, role or session token of your AWS account is not used there)");

    /// <summary>AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; null where they are not set.</summary>
    internal static BasicAWSCredentials? GivenToThisProcess()
    {
        try
        {
            // With a session token they are those of an AWS account, and the token would travel.
            return new EnvironmentVariablesAWSCredentials().GetCredentials() is { UseToken: false } own ? new(own.AccessKey, own.SecretKey) : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
