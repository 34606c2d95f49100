using MQTTnet.Formatter;
using Sightline.Wire;
using static Sightline.Wire.Dialect.Refused;

namespace Sightline.Unit.Wire;

public sealed class DialectTests
{
    private readonly Dialect _dialect = new();

    [Fact]
    public void MQTT_5_is_spoken_until_a_broker_says_that_it_does_not_know_it()
    {
        Assert.Equal(MqttProtocolVersion.V500, _dialect.Next);
        _dialect.Failed(ByVersion);
        Assert.Equal((MqttProtocolVersion.V311, true, true), (_dialect.Next, _dialect.IsOld, _dialect.Keeps()));
    }

    [Fact]
    public void Silence_is_believed_the_second_time_that_3_1_1_is_let_in_behind_it()
    {
        _dialect.Failed(Silently);
        Assert.Equal((MqttProtocolVersion.V311, false, false), (_dialect.Next, _dialect.IsOld, _dialect.Keeps()));
        Assert.Equal(MqttProtocolVersion.V500, _dialect.Next);
        _dialect.Failed(Silently);
        Assert.Equal((MqttProtocolVersion.V311, true, true), (_dialect.Next, _dialect.Keeps(), _dialect.IsOld));
    }

    [Fact]
    public void While_nobody_is_there_behind_a_proxy_both_are_tried_in_turn_and_nothing_is_concluded()
    {
        for (var i = 0; i < 3; i++)
        {
            _dialect.Failed(Silently);
            Assert.Equal(MqttProtocolVersion.V311, _dialect.Next);
            _dialect.Failed(Silently);
            Assert.Equal(MqttProtocolVersion.V500, _dialect.Next);
        }
        Assert.True(_dialect.Keeps());
        Assert.False(_dialect.IsOld);
    }

    [Fact]
    public void What_goes_wrong_in_between_begins_the_count_anew()
    {
        _dialect.Failed(Silently);
        Assert.False(_dialect.Keeps());
        _dialect.Failed(Otherwise);
        _dialect.Failed(Silently);
        Assert.False(_dialect.Keeps());
        Assert.False(_dialect.IsOld);
    }

    [Fact]
    public void Who_spoke_MQTT_5_once_is_not_doubted_for_a_silence_but_for_a_word()
    {
        Assert.True(_dialect.Keeps());
        _dialect.Failed(Silently);
        Assert.Equal(MqttProtocolVersion.V500, _dialect.Next);
        _dialect.Failed(ByVersion); // another broker stands there now
        Assert.Equal((MqttProtocolVersion.V311, true), (_dialect.Next, _dialect.IsOld));
    }

    [Fact]
    public void An_old_broker_stays_old()
    {
        _dialect.Failed(ByVersion);
        _dialect.Failed(Silently);
        _dialect.Failed(Otherwise);
        Assert.Equal((MqttProtocolVersion.V311, true), (_dialect.Next, _dialect.Keeps()));
    }
}
