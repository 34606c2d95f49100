using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Device;

/// <summary>Where a client device asks AWS for its Greengrass core, and as whom.</summary>
public sealed record DiscoveryOptions
{
    /// <summary>Scheme, host and port; of AWS's own, <see cref="UrlOf"/>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The thing's certificate, and whom to trust at <see cref="Url"/>.</summary>
    public required TlsCredentials Credentials { get; init; }

    /// <summary>For the answer of <see cref="Url"/>; each address of a core has its own ten seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a text may be a region's name: what else would become part of a host's.</summary>
    public static bool IsRegion(string text) => text.Length is > 0 and <= 32 && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>https://docs.aws.amazon.com/general/latest/gr/greengrassv2.html; on port 443 the same API wants ALPN, which .NET's HTTP client cannot name.</summary>
    public static Uri UrlOf(string region) =>
        new($"https://greengrass-ats.iot.{region}.amazonaws.com{(region.StartsWith("cn-", StringComparison.Ordinal) ? ".cn" : "")}:8443");
}

/// <summary>
/// Greengrass discovery for client devices: the cloud says at which addresses a thing's core listens and which authority vouches for it, and the first address
/// that lets the thing in is taken. https://docs.aws.amazon.com/greengrass/v2/developerguide/greengrass-discover-api.html
/// </summary>
public static partial class Discovery
{
    // Ten groups of ten cores with ten addresses and a certificate of 2 kB each are a tenth of it.
    private const int LargestAnswer = 1 << 20;

    /// <returns>The core's broker; its authority is that of its group, and the certificate the thing's own.</returns>
    /// <exception cref="WireException">There is no answer, no core in it, or no address of one lets the thing in.</exception>
    public static async Task<MqttEndpoint> FindAsync(DiscoveryOptions options, string thing, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        var logger = loggers.CreateLogger("Sightline.Device");
        var url = new Uri(options.Url, $"/greengrass/discover/thing/{Uri.EscapeDataString(thing)}");
        var answer = Read(await AskAsync(options, url, thing, time, ct), url);
        var failed = new List<string>();
        foreach (var (core, endpoint) in Addresses(answer, options, url, time))
        {
            if (await MqttLink.TryAsync(endpoint, thing, time, ct) is not { } problem)
            {
                LogFound(logger, core, endpoint, thing);
                return endpoint;
            }
            failed.Add($"{endpoint}: {problem}");
        }
        throw new WireException(failed.Count == 0
            ? $"{url} names no address of a core for thing {thing}; let the core report its addresses (the IP detector component), or set them"
            : $"no address of a core lets thing {thing} in; tried {string.Join("; ", failed)}");
    }

    private static async Task<string> AskAsync(DiscoveryOptions options, Uri url, string thing, TimeProvider time, CancellationToken ct)
    {
        string? untrusted = null;
        var tls = options.Credentials.ClientOptions(url.IdnHost, null);
        tls.RemoteCertificateValidationCallback = (_, _, chain, errors) => (untrusted = TlsCredentials.ProblemOf(chain, errors)) is null;
        using var handler = new SocketsHttpHandler { SslOptions = tls, AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { MaxResponseContentBufferSize = LargestAnswer, Timeout = Timeout.InfiniteTimeSpan };
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            using var response = await http.GetAsync(url, either.Token);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => await response.Content.ReadAsStringAsync(either.Token),
                HttpStatusCode.Forbidden => throw new WireException(
                    $"{url} does not let thing {thing} discover its core (403); attach a policy with greengrass:Discover for that thing to the certificate in {options.Credentials.CertificateFile}"),
                HttpStatusCode.NotFound => throw new WireException($"{url} knows no core for thing {thing} (404); associate the thing with a core device, and look whether its name is right"),
                var other => throw new WireException($"{url} answered {(int)other} {response.ReasonPhrase}; wanted 200 and a list of cores. Try again later, or give the core's address with --broker"),
            };
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new WireException($"{url} gave no answer within {options.Timeout.TotalSeconds:0.#} s; look whether this machine reaches it, or give the core's address with --broker");
        }
        catch (HttpRequestException failure)
        {
            var why = untrusted is null ? failure.GetBaseException().Message : $"its certificate is not trusted here: {untrusted}; name its authority with --ca (AWS: AmazonRootCA1.pem)";
            throw new WireException($"{url} cannot be asked: {why}", failure);
        }
    }

    private static DiscoverResponse Read(string body, Uri url)
    {
        try
        {
            return JsonSerializer.Deserialize(body, DiscoveryJson.Default.DiscoverResponse) ?? throw new JsonException("it is null");
        }
        catch (JsonException broken)
        {
            throw new WireException($"{url} answered what is no list of cores: {Quoted.Of(broken.Message)}", broken);
        }
    }

    private static IEnumerable<(string Core, MqttEndpoint Endpoint)> Addresses(DiscoverResponse answer, DiscoveryOptions options, Uri url, TimeProvider time)
    {
        foreach (var group in answer.GGGroups ?? [])
        {
            if (group?.Cores is not { Count: > 0 } cores) continue;
            var trusting = options.Credentials.Trusting(string.Join('\n', group.CAs ?? []), $"the answer of {url} for group {Quoted.Of(group.GGGroupId ?? "?")}", time);
            foreach (var core in cores)
            {
                foreach (var address in core?.Connectivity ?? [])
                {
                    if (address is { HostAddress.Length: > 0, PortNumber: > 0 and <= 65_535 })
                        yield return (Quoted.Of(core!.ThingArn ?? "?"), new MqttEndpoint(address.HostAddress, address.PortNumber, null, null, Tls: true) { Credentials = trusting });
                }
            }
        }
    }

    [LoggerMessage(6, LogLevel.Information, "core {Core} at {Broker} lets thing {Thing} in")]
    private static partial void LogFound(ILogger logger, string core, MqttEndpoint broker, string thing);

    internal sealed record DiscoverResponse(IReadOnlyList<Group?>? GGGroups);

    internal sealed record Group(string? GGGroupId, IReadOnlyList<GreengrassCore?>? Cores, IReadOnlyList<string?>? CAs);

    internal sealed record GreengrassCore(string? ThingArn, IReadOnlyList<Address?>? Connectivity);

    internal sealed record Address(string? HostAddress, int PortNumber);
}

/// <summary>AWS writes these keys with capitals in one place and without in another.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(Discovery.DiscoverResponse))]
internal sealed partial class DiscoveryJson : JsonSerializerContext;
