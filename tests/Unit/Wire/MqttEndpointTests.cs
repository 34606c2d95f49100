using Sightline.Wire;

namespace Sightline.Unit.Wire;

public sealed class MqttEndpointTests
{
    [Theory]
    [InlineData("mqtt://localhost", "localhost", 1883, null, null, false)]
    [InlineData("mqtts://broker.example", "broker.example", 8883, null, null, true)]
    [InlineData("mqtt://10.0.0.7:1884/", "10.0.0.7", 1884, null, null, false)]
    [InlineData("mqtt://cam:secret@host:1", "host", 1, "cam", "secret", false)]
    [InlineData("mqtt://cam@host", "host", 1883, "cam", null, false)]
    [InlineData("mqtt://c%40m:p%3A%2F%23w:x@host", "host", 1883, "c@m", "p:/#w:x", false)]
    [InlineData("MQTT://Host", "host", 1883, null, null, false)]
    public void A_url_says_where_and_who(string url, string host, int port, string? user, string? password, bool tls) =>
        Assert.Equal(new MqttEndpoint(host, port, user, password, tls), MqttEndpoint.Parse(url));

    [Fact]
    public void An_ipv6_address_is_taken_and_printed_in_brackets()
    {
        var endpoint = MqttEndpoint.Parse("mqtt://[::1]:1885");
        Assert.True(System.Net.IPAddress.TryParse(endpoint.Host.Trim('[', ']'), out _));
        Assert.Equal("mqtt://[::1]:1885", endpoint.ToString());
    }

    [Theory]
    [InlineData("localhost:1883")]
    [InlineData("http://host")]
    [InlineData("mqtt://")]
    [InlineData("mqtt://host/topic")]
    [InlineData("mqtt://host?x=1")]
    [InlineData("mqtt://host:99999")]
    [InlineData("")]
    public void What_is_no_such_url_is_answered_with_what_is(string url)
    {
        var error = Assert.Throws<WireException>(() => MqttEndpoint.Parse(url));
        Assert.Contains("mqtt://[user:password@]host[:port]", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mqtt://cam:hunter2@host/x")]
    [InlineData("mqtt://cam:hunter2#@host")]
    [InlineData("mqtt://cam:hunter2/@host")]
    [InlineData("http://cam:hunter2@host")]
    [InlineData("mqtt://cam:hunter2@host:99999")]
    [InlineData("cam:hunter2@host")]
    [InlineData("mqtt://:hunter2@host")]
    public void No_error_shows_the_password(string url)
    {
        var error = Assert.Throws<WireException>(() => MqttEndpoint.Parse(url));
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_prints_without_its_password()
    {
        var endpoint = MqttEndpoint.Parse("mqtts://cam:hunter2@host");
        Assert.Equal("mqtts://cam:***@host:8883", endpoint.ToString());
        Assert.DoesNotContain("hunter2", $"{endpoint}", StringComparison.Ordinal);
    }
}
