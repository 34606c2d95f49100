using MQTTnet;

namespace Sightline.Broker.Mqtt;

/// <summary>
/// One connected core: what it has subscribed to, and the frames that it was handed and has not acknowledged, which are never more than it said it can take.
/// All of it under the inbox's gate.
/// </summary>
/// <param name="enqueue">Hands a message to its connection, and returns the packet identifier that its acknowledgement will bear.</param>
/// <param name="mostFrames">At a time; never more than the Receive Maximum of its CONNECT (MQTT 5, 3.1.2.11.3), which MQTTnet does not look at.</param>
/// <param name="mostBytes">At a time; the last one may go over it.</param>
/// <param name="largestPacket">Its Maximum Packet Size; 0: it takes any.</param>
internal sealed class CoreWindow(Func<MqttApplicationMessage, ushort> enqueue, int mostFrames, long mostBytes, uint largestPacket)
{
    // Fresh frames find at most this share of the window taken by the backlog, so that they are with the core soon; a quarter keeps one busy.
    private readonly int _mostOfBacklog = Math.Max(1, mostFrames / 4);

    /// <summary>And whether they came from the backlog.</summary>
    private readonly Dictionary<Frame, bool> _frames = [];

    private readonly Dictionary<ushort, Frame> _sent = [];
    private readonly Dictionary<ulong, uint> _subscriptions = [];
    private ulong _filters;
    private long _bytes;
    private int _ofBacklog;

    /// <summary>It has been told that its first subscription is in force.</summary>
    public bool HasJoined { get; set; }

    public int Frames => _frames.Count;

    public bool HasRoom => HasJoined && _frames.Count < mostFrames && _bytes < mostBytes;

    public bool HasRoomForBacklog => HasRoom && _ofBacklog < _mostOfBacklog;

    public bool Takes(ulong filters) => (_filters & filters) != 0;

    /// <param name="filter">One of the filters of frames.</param>
    /// <param name="identifier">That of the subscription, which every delivery under it bears (MQTT-3.3.4-3); 0: it has none.</param>
    public void Subscribe(ulong filter, uint identifier)
    {
        _filters |= filter;
        _subscriptions[filter] = identifier;
    }

    public void Unsubscribe(ulong filter)
    {
        _filters &= ~filter;
        _subscriptions.Remove(filter);
    }

    public bool Has(Frame frame) => _frames.ContainsKey(frame);

    /// <summary>It has a place from now on, though it may have to be read from the disk first.</summary>
    public void Enter(Frame frame)
    {
        var isBacklogs = frame.Keeping == Keeping.Kept;
        _frames.Add(frame, isBacklogs);
        _bytes += frame.Bytes;
        _ofBacklog += isBacklogs ? 1 : 0;
    }

    /// <summary>False where it is larger than the core takes: then it is as if it had been sent (MQTT-3.1.2-25).</summary>
    public bool TrySend(Frame frame, FrameContent content, DateTimeOffset now)
    {
        var message = content.MessageOf(frame, [.. _subscriptions.Where(s => (s.Key & frame.Filters) != 0 && s.Value != 0).Select(s => s.Value)], now);
        if (largestPacket > 0 && FrameContent.PacketBytes(message) > largestPacket)
            return false;
        _sent[enqueue(message)] = frame;
        return true;
    }

    /// <summary>The frame that this acknowledgement speaks of; null: of none, it is for something else that the client has subscribed to.</summary>
    public Frame? Acknowledged(ushort packet)
    {
        if (!_sent.Remove(packet, out var frame))
            return null;
        Leave(frame);
        return frame;
    }

    public void Leave(Frame frame)
    {
        if (!_frames.Remove(frame, out var isBacklogs))
            return;
        _bytes -= frame.Bytes;
        _ofBacklog -= isBacklogs ? 1 : 0;
    }

    /// <summary>When its connection has ended: all that it has not acknowledged, the latest first.</summary>
    public IReadOnlyList<Frame> Clear()
    {
        Frame[] left = [.. _frames.Keys.OrderByDescending(f => f.Number)];
        _frames.Clear();
        _sent.Clear();
        (_bytes, _ofBacklog) = (0, 0);
        return left;
    }
}
