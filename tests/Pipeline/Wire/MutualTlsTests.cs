using System.Text;
using MQTTnet;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

/// <summary>Against a mosquitto that asks for certificates.</summary>
public sealed class MutualTlsTests : IAsyncLifetime
{
    private readonly Lines _log = new();
    private readonly Authority _authority = new();
    private readonly Authority _stranger = new("another's authority");
    private Mosquitto _broker = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var (certificate, key) = _authority.Issue("localhost");
        // Only things publish, and only as what their certificate names them.
        var rights = _authority.Write("acl", "pattern write clients/%u\n");
        _broker = await Mosquitto.StartAsync($"cafile {_authority.File}\ncertfile {certificate}\nkeyfile {key}\nrequire_certificate true\nuse_identity_as_username true\nacl_file {rights}\n");
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null) await _broker.DisposeAsync(); // null where mosquitto is not on this machine
        _authority.Dispose();
        _stranger.Dispose();
        foreach (var line in _log.Written) TestContext.Current.TestOutputHelper?.WriteLine(line); // shown where the test failed
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_thing_is_known_by_its_certificate(bool rsa)
    {
        var (certificate, key) = _authority.Issue("front-door-IoTThing", rsa);
        await using var link = Link(Load(certificate, key, _authority.File));
        await link.StartAsync(Ct).Within();

        Assert.False((await PublishAsync(link, "clients/front-door-IoTThing")).IsRefused);
        Assert.True((await PublishAsync(link, "clients/back-door-IoTThing")).IsRefused);
    }

    [Fact]
    public async Task Without_a_certificate_the_broker_is_not_reached_and_the_log_says_what_it_may_want() =>
        await FailsAsync(Load(null, null, _authority.File), "perhaps it wants a certificate of this client (--cert, --key)");

    [Fact]
    public async Task A_certificate_of_an_authority_that_the_broker_does_not_know_is_named()
    {
        var (certificate, key) = _stranger.Issue("front-door-IoTThing");
        await FailsAsync(Load(certificate, key, _authority.File), $"perhaps it does not know, or no longer accepts, the certificate in {certificate}");
    }

    [Fact]
    public async Task A_broker_that_the_given_authority_does_not_vouch_for_is_not_trusted()
    {
        var (certificate, key) = _authority.Issue("front-door-IoTThing");
        await FailsAsync(Load(certificate, key, _stranger.File), $"have a certificate for localhost, of an authority in {_stranger.File}");
    }

    [Fact]
    public async Task A_certificate_that_expires_while_the_link_lives_is_said_to_have()
    {
        var (certificate, key) = _stranger.Issue("front-door-IoTThing", to: Authority.Now.AddHours(1));
        var credentials = Load(certificate, key, _authority.File);
        var tomorrow = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Authority.Now.AddHours(2));
        await using var link = new MqttLink(EndpointOf(credentials), "front-door-IoTThing", [], static (_, _) => Task.CompletedTask, _log, tomorrow);
        _ = link.StartAsync(Ct);
        await Soon.Until(() => _log.Written.Any(line => line.Contains("expired at", StringComparison.Ordinal)));
    }

    private async Task FailsAsync(TlsCredentials credentials, string said)
    {
        var link = Link(credentials);
        var starting = link.StartAsync(Ct);
        await Soon.Until(() => _log.Written.Any(line => line.Contains(said, StringComparison.Ordinal)));
        Assert.False(starting.IsCompleted || link.IsConnected);
        await link.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.Within());
    }

    private MqttLink Link(TlsCredentials credentials) =>
        new(EndpointOf(credentials), "front-door-IoTThing", [], static (_, _) => Task.CompletedTask, _log, TimeProvider.System);

    private MqttEndpoint EndpointOf(TlsCredentials credentials) => MqttEndpoint.Parse($"mqtts://localhost:{_broker.Port}") with { Credentials = credentials };

    private static Task<PublishOutcome> PublishAsync(MqttLink link, string topic) =>
        link.PublishAsync(new MqttApplicationMessage { Topic = topic, Payload = new System.Buffers.ReadOnlySequence<byte>(Encoding.UTF8.GetBytes("hello")) }, Ct).Within();

    private static TlsCredentials Load(string? certificate, string? key, string authority) => TlsCredentials.Load(certificate, key, authority, TimeProvider.System);
}
