using System.CommandLine;
using System.Net;
using Sightline.Broker;
using Sightline.Wire;

namespace Sightline.App;

/// <summary>Where the queues are, and what they are called: the same on every verb that speaks SQS. A device knows no request queue.</summary>
internal sealed record QueueOptions(Verb Verb, Option<string?> Sqs, Option<string?> Keys, Option<string>? RequestQueue, Option<string> ResponseQueue)
{
    public const string RequestQueueName = "sightline-requests";
    public const string ResponseQueueName = "sightline-answers";

    // ElasticMQ's port, which people who run an SQS of their own expect: https://github.com/softwaremill/elasticmq
    public const int BoxPort = 9324;

    public static QueueOptions On(Verb verb, string otherwise, bool requests = true) => new(
        verb,
        verb.Optional("--sqs", "URL|aws", $"The SQS endpoint: a URL, or aws for Amazon SQS with your AWS_REGION and credentials; else AWS_ENDPOINT_URL_SQS, else {otherwise}"),
        verb.Optional("--sqs-keys", "FILE", "Keys of an SQS endpoint that asks for them, as `sightline users key` writes it; the first one signs"),
        requests ? verb.Text("--request-queue", RequestQueueName, "NAME|URL", "The queue to the recognizer; never created at Amazon") : null,
        verb.Text("--response-queue", ResponseQueueName, "NAME|URL", "The queue back; never created at Amazon"));

    public Cli Cli => Verb.Cli;

    /// <summary>As the command line, the environment, AWS's own variable or a stack say; null where none does.</summary>
    public SqsEndpoint? Given(ParseResult parsed)
    {
        var text = parsed.GetValue(Sqs) ?? Cli.Variable("AWS_ENDPOINT_URL_SQS");
        if (text is null && Verb.Stack?.IsGiven(parsed) == true) text = "aws";
        if (text is null) return null;
        if (text == "aws")
        {
            Verb.Stack?.UseRegion(parsed);
            return parsed.GetValue(Keys) is null ? SqsEndpoint.Aws : throw Complaint.Usage("--sqs aws signs with your AWS credentials: leave out --sqs-keys, which is for other endpoints");
        }
        return Uri.TryCreate(text, UriKind.Absolute, out var url) ? Signed(SqsEndpoint.At(url), parsed) : throw Complaint.Usage($"--sqs: got '{text}', wanted a URL such as http://127.0.0.1:9324, or aws");
    }

    public SqsEndpoint Of(ParseResult parsed) => Given(parsed) ?? Signed(SqsEndpoint.At(new Uri($"http://127.0.0.1:{BoxPort}")), parsed);

    /// <summary>With the first of the keys, where there are some; Amazon's own is signed with AWS credentials.</summary>
    public SqsEndpoint Signed(SqsEndpoint endpoint, ParseResult parsed)
    {
        if (parsed.GetValue(Keys) is not { } file || endpoint.Url is null) return endpoint;
        var key = AccessKeys.Load(file).First;
        return endpoint.SignedBy(key.Id, key.Secret);
    }
}

/// <summary>Which MQTT broker, and how we are known to each other: the same on every verb that speaks to one that is not its own.</summary>
internal sealed record BrokerOptions(Cli Cli, Option<string> Url, Option<string?> Certificate, Option<string?> Key, Option<string?> Authority, Option<string> AwsIot)
{
    public static BrokerOptions On(Verb verb) => new(
        verb.Cli,
        WireOptions.Broker(verb),
        verb.Optional("--cert", "FILE", "With mqtts://: our certificate, in PEM, where the broker asks for one (AWS IoT Core and Greengrass do); intermediate ones behind it"),
        verb.Optional("--key", "FILE", "The private key of --cert, in PEM, without a password"),
        verb.Optional("--ca", "FILE", "With mqtts://: the authorities to trust, in PEM, in place of those that this machine trusts"),
        verb.Choice("--aws-iot", "auto", "Whether the broker is AWS IoT Core, whose limits are then kept to; auto: told by its name, PREFIX.iot.REGION.amazonaws.com", "auto", "yes", "no"));

    public MqttEndpoint Of(ParseResult parsed)
    {
        var endpoint = MqttEndpoint.Parse(parsed.GetValue(Url)!);
        if (parsed.GetValue(AwsIot)! is not "auto" and var said) endpoint = endpoint with { IsIotCore = said == "yes" };
        var named = new[] { (Certificate.Name, parsed.GetValue(Certificate)), (Key.Name, parsed.GetValue(Key)), (Authority.Name, parsed.GetValue(Authority)) }.FirstOrDefault(file => file.Item2 is not null);
        if (!endpoint.Tls && named.Item2 is not null) throw Complaint.Usage($"got {named.Name} {named.Item2} and --broker {endpoint}; wanted mqtts://, since certificates are for TLS");
        if (endpoint is { IsIotCore: true, Tls: false }) throw Complaint.Usage($"--broker {endpoint}: AWS IoT Core takes TLS alone; wanted mqtts://{endpoint.Host} (port 8883, or :443)");
        if (endpoint.IsIotCore && parsed.GetValue(Certificate) is null)
            throw Complaint.Usage($"--broker {endpoint}: AWS IoT Core wants the certificate of a thing; give --cert FILE and --key FILE, and --ca AmazonRootCA1.pem where this machine does not trust Amazon's authority");
        return endpoint with { Credentials = CredentialsOf(parsed) };
    }

    public TlsCredentials CredentialsOf(ParseResult parsed) => TlsCredentials.Load(parsed.GetValue(Certificate), parsed.GetValue(Key), parsed.GetValue(Authority), Cli.Time);
}

/// <summary>The other options that several verbs on the wire share.</summary>
internal static class WireOptions
{
    public const int MqttPort = 1883; // IANA: mqtt
    public const int HttpPort = 8080;

    public static Option<string> Broker(Verb verb) =>
        verb.Text("--broker", $"mqtt://127.0.0.1:{MqttPort}", "URL", "The MQTT broker: mqtt://[user:password@]host[:port], mqtts:// for TLS");

    public static Option<string> Answers(Verb verb) =>
        verb.Choice("--answers", "mqtt", "How answers come back: mqtt to each device, or sqs for one device that polls the response queue; device and core must agree", "mqtt", "sqs");

    public static AnswerPath PathOf(string answers) => answers == "sqs" ? AnswerPath.Sqs : AnswerPath.Mqtt;

    public static Option<string[]> Topic(Verb verb) =>
        verb.Texts("--topic", [Topics.AllFrames], "FILTER", "Where frames come in (again and again); the first + is the device");

    public static Option<int> MinFace(Verb verb) =>
        verb.Number("--min-face", 40, 12, 10_000, "The smallest face looked for, in pixels; twice as large is about four times as fast");

    public static Option<int> Parallel(Verb verb, string what) => verb.Number("--parallel", Environment.ProcessorCount, 1, 1024, $"{what} at once");

    /// <summary>In --data.</summary>
    public const string InboxFile = "inbox.db";

    public static Option<int> InboxMib(Verb verb) =>
        verb.Number("--inbox-mib", 1024, 1, 1 << 20, $"The most that frames may take in {InboxFile} in --data while the core has not acknowledged them; then they are refused");

    public static IPAddress AddressOf(ParseResult parsed, Option<string> option)
    {
        var text = parsed.GetValue(option)!;
        return IPAddress.TryParse(text == "localhost" ? "127.0.0.1" : text, out var address)
            ? address
            : throw Complaint.Usage($"{option.Name}: got '{text}', wanted an IP address of this machine, such as 192.168.1.10, or 0.0.0.0 for all");
    }

    public static Option<string> LogLevel(Verb verb) =>
        verb.Choice("--log-level", "information", "How much is logged, on standard error", "trace", "debug", "information", "warning", "error");

    /// <summary>AWS's own variable for a server that speaks S3's protocol: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html</summary>
    public static Uri? S3Endpoint(Cli cli)
    {
        if (cli.Variable("AWS_ENDPOINT_URL_S3") is not { } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw Complaint.Usage($"AWS_ENDPOINT_URL_S3: got '{text}', wanted http://host:port or https://host:port");
    }
}
