using System.Net.Security;
using System.Text;
using Sightline.Device;
using Sightline.Pipeline.Wire;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Device;

/// <summary>Greengrass discovery, against a server that looks at the certificate and answers as the documentation says, and cores behind TLS of their own group.</summary>
public sealed class DiscoveryTests : IAsyncDisposable
{
    private const string Thing = "front-door-IoTThing";

    private readonly Authority _cloud = new("the cloud's authority");
    private readonly Authority _group = new("the group's authority");
    private readonly List<IAsyncDisposable> _open = [];
    private readonly List<string> _asked = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_open)) await one.DisposeAsync();
        _group.Dispose();
        _cloud.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // as the Moquette broker of a core, which knows MQTT 3.1.1 alone
    public async Task A_camera_finds_its_core_and_is_answered_there(bool old)
    {
        var broker = Keep(await Mosquitto.StartAsync());
        var network = Keep(Cuttable.Before(broker.Port, packet => old && packet is { Type: Packet.Connect, ProtocolLevel: 5 } ? [0x20, 2, 0, 1] : null));
        var core = Keep(CoreBefore(network.Port));
        var discovery = Keep(Answering(Found(("127.0.0.1", 1), ("localhost", core.Port)), "200 OK")); // nobody listens at the first address
        await using var rig = await Rig.StartAsync(recognizer: false, mqtt: broker.Endpoint);
        var wall = broker.FileOf("wall.jpg");
        await File.WriteAllBytesAsync(wall, Photo.Empty(), Ct);

        var summary = await Cameras.RunAsync(new CameraOptions { Discovery = At(discovery), Device = Thing }, devices: 1, [wall], null, rig.Log, TimeProvider.System, Ct);

        Assert.Equal((1, 1, 0), (summary.Sent, summary.Answered, summary.Lost));
        Assert.Equal($"GET /greengrass/discover/thing/{Thing} HTTP/1.1", Assert.Single(_asked));
        Assert.Equal(Thing, Assert.Single(discovery.Visits).Name);
        Assert.All(core.Visits, visit => Assert.Equal(Thing, visit.Name));
        Assert.Contains(rig.Log.Lines, line => line.Text.Contains("arn:aws:iot:us-west-2:123456789012:thing/MyGreengrassCore at mqtts://localhost:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_verb_finds_it_too()
    {
        var broker = Keep(await Mosquitto.StartAsync());
        var core = Keep(CoreBefore(broker.Port));
        var discovery = Keep(Answering(Found(("localhost", core.Port)), "200 OK"));
        await using var rig = await Rig.StartAsync(recognizer: false, mqtt: broker.Endpoint);
        var wall = broker.FileOf("wall.jpg");
        await File.WriteAllBytesAsync(wall, Photo.Empty(), Ct);
        var (certificate, key) = _cloud.Issue(Thing);

        var (code, output, error) = await App.Program.RunAsync(
            ["send", wall, "--discover", "--discovery-url", $"https://localhost:{discovery.Port}", "--thing", Thing, "--cert", certificate, "--key", key, "--ca", _cloud.File]);

        Assert.True(code == 0, error);
        Assert.Contains("No-Face", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("403 Forbidden", "", "greengrass:Discover")]
    [InlineData("404 Not Found", "", "knows no core for thing front-door-IoTThing (404)")]
    [InlineData("500 Internal Server Error", "", "answered 500")]
    [InlineData("200 OK", "<html>", "what is no list of cores")]
    [InlineData("200 OK", "null", "what is no list of cores")]
    [InlineData("200 OK", "{}", "names no address of a core")]
    [InlineData("200 OK", """{"GGGroups":[{"GGGroupId":"g","Cores":[{"thingArn":"a","Connectivity":[]}],"CAs":["CA"]}]}""", "names no address of a core")]
    [InlineData("200 OK", """{"GGGroups":[{"GGGroupId":"g","Cores":[{"thingArn":"a","Connectivity":[{"HostAddress":"localhost","PortNumber":"x"}]}],"CAs":["CA"]}]}""", "what is no list of cores")]
    [InlineData("200 OK", """{"GGGroups":[{"GGGroupId":"g","Cores":[{"thingArn":"a","Connectivity":[{"HostAddress":"localhost","PortNumber":8883}]}],"CAs":[]}]}""", "for group g holds no certificate")]
    public async Task What_comes_in_place_of_a_core_is_an_error_that_says_so(string status, string body, string said)
    {
        var discovery = Keep(Answering(body.Replace("\"CA\"", $"\"{_group.Pem.ReplaceLineEndings("\\n")}\"", StringComparison.Ordinal), status));
        Assert.Contains(said, await FailureAsync(At(discovery)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_whose_broker_the_group_does_not_vouch_for_is_not_used_and_named()
    {
        var broker = Keep(await Mosquitto.StartAsync());
        var network = Keep(Cuttable.Before(broker.Port));
        var core = Keep(TlsListener.Before(network.Port, _cloud)); // a certificate of another authority than that of the group
        var discovery = Keep(Answering(Found(("127.0.0.1", 1), ("localhost", core.Port)), "200 OK"));

        var failure = await FailureAsync(At(discovery));

        Assert.Contains("mqtts://127.0.0.1:1: Connection refused", failure, StringComparison.Ordinal);
        Assert.Contains($"mqtts://localhost:{core.Port}: its certificate is not trusted here", failure, StringComparison.Ordinal);
        Assert.Empty(network.Packets);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_not_waited_for_without_end()
    {
        var silent = Keep(TlsListener.Start(_cloud, static (_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, ct)));
        Assert.Contains("gave no answer within 0.5 s", await FailureAsync(At(silent) with { Timeout = TimeSpan.FromMilliseconds(500) }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_or_not_trusted_is_an_error_that_says_so()
    {
        var discovery = Keep(Answering("{}", "200 OK"));
        var nobody = At(discovery) with { Url = new Uri("https://localhost:1") };
        Assert.Contains("cannot be asked", await FailureAsync(nobody), StringComparison.Ordinal);
        var (certificate, key) = _cloud.Issue(Thing);
        var distrusting = At(discovery) with { Credentials = TlsCredentials.Load(certificate, key, _group.File, TimeProvider.System) };
        Assert.Contains("its certificate is not trusted here", await FailureAsync(distrusting), StringComparison.Ordinal);
        Assert.DoesNotContain(_asked, line => line.Length > 0); // the handshake may be over there before it is refused here
    }

    private static async Task<string> FailureAsync(DiscoveryOptions options)
    {
        using var log = new LogBook();
        return (await Assert.ThrowsAsync<WireException>(() => Discovery.FindAsync(options, Thing, log, TimeProvider.System, Ct))).Message;
    }

    private DiscoveryOptions At(TlsListener server)
    {
        var (certificate, key) = _cloud.Issue(Thing);
        return new() { Url = new Uri($"https://localhost:{server.Port}"), Credentials = TlsCredentials.Load(certificate, key, _cloud.File, TimeProvider.System) };
    }

    /// <summary>As https://docs.aws.amazon.com/greengrass/v2/developerguide/greengrass-discover-api.html has it.</summary>
    private string Found(params (string Host, int Port)[] addresses)
    {
        var connectivity = string.Join(',', addresses.Select(a => $$"""{"Id":"{{a.Host}}","HostAddress":"{{a.Host}}","PortNumber":{{a.Port}},"Metadata":""}"""));
        return $$"""
            {"GGGroups":[{"GGGroupId":"greengrassV2-coreDevice-MyGreengrassCore",
            "Cores":[{"thingArn":"arn:aws:iot:us-west-2:123456789012:thing/MyGreengrassCore","Connectivity":[{{connectivity}}]}],
            "CAs":["{{_group.Pem.ReplaceLineEndings("\\n")}}\n"]}]}
            """;
    }

    private TlsListener Answering(string body, string status) => TlsListener.Start(_cloud, async (tls, ct) =>
    {
        var request = await HeadOfAsync(tls, ct);
        lock (_asked) _asked.Add(request.Split("\r\n")[0]);
        await tls.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"), ct);
    });

    /// <summary>A core's broker: its certificate is of the group, and its things' are those of the cloud.</summary>
    private TlsListener CoreBefore(int port) => TlsListener.Before(port, _group, things: _cloud);

    private static async Task<string> HeadOfAsync(SslStream tls, CancellationToken ct)
    {
        var head = new StringBuilder();
        var some = new byte[1024];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && await tls.ReadAsync(some, ct) is > 0 and var read)
            head.Append(Encoding.ASCII.GetString(some, 0, read));
        return head.ToString();
    }

    private T Keep<T>(T one) where T : IAsyncDisposable
    {
        _open.Add(one);
        return one;
    }
}
