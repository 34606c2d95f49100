using Microsoft.Extensions.Time.Testing;
using Sightline.Wire;

namespace Sightline.Unit.Wire;

public sealed class IotCoreTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a1b2c3d4e5-ats.iot.eu-west-1.amazonaws.com", true)]
    [InlineData("a1b2c3d4e5.iot.us-east-1.amazonaws.com", true)]
    [InlineData("A1B2-ATS.iot.us-gov-west-1.amazonaws.com", true)]
    [InlineData("a1b2.ats.iot.cn-north-1.amazonaws.com.cn", true)]
    [InlineData("a1b2.iot.cn-north-1.amazonaws.com.cn", true)]
    [InlineData("greengrass-ats.iot.eu-west-1.amazonaws.com.example", false)]
    [InlineData("iot.eu-west-1.amazonaws.com", false)]
    [InlineData("a1b2.iot.eu-west-1.amazonaws.com.evil", false)]
    [InlineData("a1b2.iot.eu-west-1.notamazonaws.com", false)]
    [InlineData("192.168.1.10", false)]
    public void A_device_endpoint_is_known_by_its_name(string host, bool isIt)
    {
        Assert.Equal(isIt, MqttEndpoint.Parse($"mqtts://{host}").IsIotCore);
        Assert.True((MqttEndpoint.Parse($"mqtts://{host}") with { IsIotCore = true }).IsIotCore);
        Assert.False((MqttEndpoint.Parse($"mqtts://{host}") with { IsIotCore = false }).IsIotCore);
    }

    [Theory]
    [InlineData("mqtts://a1b2.iot.eu-west-1.amazonaws.com", null)]
    [InlineData("mqtts://a1b2.iot.eu-west-1.amazonaws.com:443", "x-amzn-mqtt-ca")]
    [InlineData("mqtts://broker.example:443", null)]
    public void On_port_443_the_protocol_is_named(string url, string? protocol) => Assert.Equal(protocol, MqttEndpoint.Parse(url).Protocol);

    [Fact]
    public void A_link_to_it_rests_for_a_minute_at_the_most_and_any_other_for_a_quarter_of_it()
    {
        Assert.Equal(TimeSpan.FromSeconds(60), new LinkOptions(MqttEndpoint.Parse("mqtts://a1b2.iot.eu-west-1.amazonaws.com"), "cam", [], TimeSpan.Zero).KeepAlive);
        Assert.Equal(TimeSpan.FromSeconds(15), new LinkOptions(MqttEndpoint.Parse("mqtts://broker.example"), "cam", [], TimeSpan.Zero).KeepAlive);
    }

    [Fact]
    public void What_it_would_not_take_is_known_before_it_is_sent()
    {
        Assert.Null(IotCore.ProblemOf("clients/cam", 131_072));
        Assert.Contains("131073 bytes", IotCore.ProblemOf("clients/cam", 131_073), StringComparison.Ordinal);
        Assert.Null(IotCore.ProblemOf("1/2/3/4/5/6/7/8", 1));
        Assert.Contains("7 slashes", IotCore.ProblemOf("1/2/3/4/5/6/7/8/9", 1), StringComparison.Ordinal);
        Assert.Contains("256 bytes", IotCore.ProblemOf(new string('x', 257), 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_take_turns_by_number_and_by_bytes()
    {
        var clock = new FakeTimeProvider();
        var pace = new Pace(messagesPerSecond: 100, bytesPerSecond: 512 * 1024, clock);

        Assert.True(pace.TurnAsync(10, Ct).IsCompleted);
        var second = pace.TurnAsync(128 * 1024, Ct);
        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(10)); // one hundredth
        await second;
        var third = pace.TurnAsync(10, Ct);
        clock.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(third.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1)); // 128 of 512 KiB
        await third;

        clock.Advance(TimeSpan.FromMinutes(1)); // and a rest saves nothing up
        Assert.True(pace.TurnAsync(10, Ct).IsCompleted);
        Assert.False(pace.TurnAsync(10, Ct).IsCompleted);
    }
}
