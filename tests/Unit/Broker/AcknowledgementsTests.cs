using System.Threading.Channels;
using MQTTnet.Exceptions;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using Sightline.Broker.Mqtt;

namespace Sightline.Unit.Broker;

/// <summary>PUBACKs leave in the order of the PUBLISHes, each when its frame is safe.</summary>
public sealed class AcknowledgementsTests
{
    private readonly Channel<MqttPacket> _sent = Channel.CreateUnbounded<MqttPacket>();
    private bool _canRefuse = true;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Frames_that_are_safe_wait_for_those_before_them()
    {
        var line = Start(out _);
        var verdicts = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource<Verdict>()).ToList();
        for (ushort id = 1; id <= 4; id++)
            Publish(line, id, id == 3 ? null : verdicts[id - 1].Task); // the third one is no frame
        verdicts[3].SetResult(Verdict.Safe);
        verdicts[1].SetResult(Verdict.Safe);
        Assert.False(_sent.Reader.TryRead(out _));
        verdicts[0].SetResult(Verdict.Safe);
        foreach (var (id, reason) in new[] { (1, MqttPubAckReasonCode.Success), (2, MqttPubAckReasonCode.Success), (3, MqttPubAckReasonCode.NoMatchingSubscribers), (4, MqttPubAckReasonCode.Success) })
        {
            var packet = Assert.IsType<MqttPubAckPacket>(await _sent.Reader.ReadAsync(Ct));
            Assert.Equal((id, reason), (packet.PacketIdentifier, packet.ReasonCode));
        }
    }

    [Fact]
    public async Task A_refused_frame_is_told_so_and_the_next_one_is_not_held_up()
    {
        var line = Start(out _);
        Publish(line, 1, Task.FromResult(Verdict.Refused));
        line.Expect();
        line.Hold(Task.FromResult(Verdict.Refused));
        line.Answer(new MqttPubRecPacket { PacketIdentifier = 2 });
        Publish(line, 3, Task.FromResult(Verdict.Safe));
        Assert.Equal(MqttPubAckReasonCode.QuotaExceeded, Assert.IsType<MqttPubAckPacket>(await _sent.Reader.ReadAsync(Ct)).ReasonCode);
        Assert.Equal(MqttPubRecReasonCode.QuotaExceeded, Assert.IsType<MqttPubRecPacket>(await _sent.Reader.ReadAsync(Ct)).ReasonCode);
        Assert.Equal(MqttPubAckReasonCode.Success, Assert.IsType<MqttPubAckPacket>(await _sent.Reader.ReadAsync(Ct)).ReasonCode);
    }

    [Fact]
    public async Task To_a_client_that_cannot_be_told_nothing_more_is_sent()
    {
        _canRefuse = false;
        var line = Start(out var running);
        Publish(line, 1, Task.FromResult(Verdict.Safe));
        Publish(line, 2, Task.FromResult(Verdict.Refused));
        Publish(line, 3, Task.FromResult(Verdict.Safe));
        await running.WaitAsync(Ct); // then its connection is closed
        Assert.Equal(1, Assert.IsType<MqttPubAckPacket>(await _sent.Reader.ReadAsync(Ct)).PacketIdentifier);
        Assert.False(_sent.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Behind_a_goodbye_nothing_follows()
    {
        var line = Start(out var running);
        var verdict = new TaskCompletionSource<Verdict>();
        Publish(line, 1, verdict.Task);
        line.End();
        verdict.SetResult(Verdict.Safe);
        await running.WaitAsync(Ct);
        Assert.False(_sent.Reader.TryRead(out _));
    }

    [Fact]
    public void More_than_there_are_identifiers_break_the_protocol()
    {
        var line = Start(out _);
        for (var i = 0; i < ushort.MaxValue; i++)
            line.Expect();
        Assert.Throws<MqttProtocolViolationException>(line.Expect);
    }

    private static void Publish(Acknowledgements line, ushort id, Task<Verdict>? verdict)
    {
        line.Expect();
        if (verdict is not null)
            line.Hold(verdict);
        line.Answer(new MqttPubAckPacket { PacketIdentifier = id, ReasonCode = MqttPubAckReasonCode.NoMatchingSubscribers });
    }

    private Acknowledgements Start(out Task running)
    {
        var line = new Acknowledgements((packet, _) => _sent.Writer.WriteAsync(packet, Ct).AsTask(), () => _canRefuse);
        running = line.RunAsync(Ct);
        return line;
    }
}
