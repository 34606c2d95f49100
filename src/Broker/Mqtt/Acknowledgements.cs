using System.Collections.Concurrent;
using System.Threading.Channels;
using MQTTnet.Exceptions;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Sightline.Broker.Mqtt;

/// <summary>
/// The PUBACKs and PUBRECs that one connection is owed. MQTTnet makes one as soon as it has passed a message on; here it waits until its frame is safe, and
/// they leave in the order of the PUBLISHes (MQTT-4.6.0-2, MQTT-4.6.0-3). So any number of frames of one publisher can be under way at once.
/// </summary>
internal sealed class Acknowledgements(Func<MqttPacket, CancellationToken, Task> send, Func<bool> canRefuse)
{
    /// <summary>As many as there are packet identifiers: a client that goes on without an acknowledgement breaks the protocol (MQTT-2.2.1-3).</summary>
    private const int Most = ushort.MaxValue;

    private readonly Channel<Place> _line = Channel.CreateUnbounded<Place>(new() { SingleReader = true });
    private readonly ConcurrentQueue<Place> _unanswered = new();
    private Place? _latest;
    private int _count;
    private volatile bool _over;

    private sealed class Place
    {
        public TaskCompletionSource<MqttPacket> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Null: it is no frame, and MQTTnet's answer holds.</summary>
        public Task<Verdict>? Verdict { get; set; }
    }

    /// <summary>A PUBLISH of QoS 1 or 2 was received; MQTTnet works on one after another and answers in their order.</summary>
    public void Expect()
    {
        if (Interlocked.Increment(ref _count) > Most)
            throw new MqttProtocolViolationException($"More than {Most} messages were published and not acknowledged.");
        _latest = new();
        _unanswered.Enqueue(_latest);
        _line.Writer.TryWrite(_latest);
    }

    /// <summary>The message that MQTTnet works on is a frame: its answer waits, and says what has become of it.</summary>
    public void Hold(Task<Verdict> verdict)
    {
        if (Interlocked.Exchange(ref _latest, null) is { } place)
            place.Verdict = verdict;
    }

    /// <summary>MQTTnet's answer.</summary>
    public void Answer(MqttPacket packet)
    {
        if (_unanswered.TryDequeue(out var place))
            place.Answer.SetResult(packet);
    }

    /// <summary>The server said goodbye: behind its DISCONNECT nothing may follow (MQTT-3.14.4-1).</summary>
    public void End() => _over = true;

    /// <summary>Sends them until the connection ends, or until something was refused to a client that can only be told so by ending it; then it returns.</summary>
    public async Task RunAsync(CancellationToken ended)
    {
        try
        {
            await foreach (var place in _line.Reader.ReadAllAsync(ended))
            {
                var packet = await place.Answer.Task.WaitAsync(ended);
                if (place.Verdict is { } verdict)
                {
                    var isRefused = await verdict.WaitAsync(ended) == Verdict.Refused;
                    if (isRefused && !canRefuse())
                        return;
                    Tell(packet, isRefused);
                }

                if (_over)
                    return;
                await send(packet, ended);
                Interlocked.Decrement(ref _count);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or MqttCommunicationException or ObjectDisposedException)
        {
            // The connection ended: whoever has no acknowledgement publishes again.
        }
    }

    /// <summary>MQTTnet says "no matching subscribers" where a frame waits for the core.</summary>
    private static void Tell(MqttPacket packet, bool isRefused)
    {
        if (packet is MqttPubAckPacket once)
            once.ReasonCode = isRefused ? MqttPubAckReasonCode.QuotaExceeded : MqttPubAckReasonCode.Success;
        if (packet is MqttPubRecPacket twice)
            twice.ReasonCode = isRefused ? MqttPubRecReasonCode.QuotaExceeded : MqttPubRecReasonCode.Success;
    }
}
