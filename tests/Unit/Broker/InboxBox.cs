using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;
using MQTTnet.Packets;
using Sightline.Broker;
using Sightline.Broker.Mqtt;

namespace Sightline.Unit.Broker;

/// <summary>The inbox without a server, on a clock that only the test moves; its cores do what the test says.</summary>
internal sealed class InboxBox : IDisposable
{
    public const string Topic = "clients/cam";

    private readonly MqttServerOptions _options;
    private readonly FrameFilters _filters;

    /// <param name="options">Without a file it is SQLite's own temporary one.</param>
    public InboxBox(MqttServerOptions? options = null)
    {
        _options = options ?? new();
        _filters = new(_options.FrameFilters);
        Inbox = Inbox.Open(_options, _filters, Log, Time);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));
    public Lines Log { get; } = new();
    public Inbox Inbox { get; private set; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static MqttApplicationMessage Message(string text, uint expiry = 0, params (string Name, string Value)[] properties) => new()
    {
        Topic = Topic,
        Payload = new(Encoding.UTF8.GetBytes(text)),
        MessageExpiryInterval = expiry,
        UserProperties = [.. properties.Select(p => new MqttUserProperty(p.Name, Encoding.UTF8.GetBytes(p.Value)))],
    };

    public static string Text(MqttApplicationMessage message) => Encoding.UTF8.GetString(message.Payload.ToArray());

    /// <summary>As a publisher with QoS 1 does; the task is its acknowledgement.</summary>
    public Task<Verdict> Publish(string text, string topic = Topic) => Publish(Message(text), topic);

    public Task<Verdict> Publish(MqttApplicationMessage message, string topic = Topic) => Inbox.Take(FrameOf(message, topic, isKept: true));

    /// <summary>As a publisher with QoS 0 does, whose connection may end while it waits.</summary>
    public Task PassOn(string text, bool wait = true, CancellationTokenSource? gone = null) =>
        Inbox.PassOnAsync(FrameOf(Message(text), Topic, isKept: false), wait, gone?.Token ?? Ct);

    public Core Connect(int window = 64, uint largestPacket = 0, string filter = "clients/+", uint subscription = 0) => new(this, window, largestPacket, _filters.Named(filter), subscription);

    /// <summary>Stops, lets time pass with nobody there, and starts again.</summary>
    public void Restart(TimeSpan after = default, Action? meanwhile = null)
    {
        Inbox.Dispose();
        meanwhile?.Invoke();
        Time.Advance(after);
        Inbox = Inbox.Open(_options, _filters, Log, Time);
    }

    /// <summary>Waits for something that the disk's thread is about to do.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(1, Ct);
    }

    public void Dispose() => Inbox.Dispose();

    private Frame FrameOf(MqttApplicationMessage message, string topic, bool isKept) =>
        Frame.Of(FrameContent.Of(message), topic, _filters.Of(topic), message.MessageExpiryInterval, isKept, Time.GetUtcNow());

    public sealed class Core
    {
        private readonly InboxBox _box;
        private readonly Channel<(ushort Packet, MqttApplicationMessage Message)> _got = Channel.CreateUnbounded<(ushort, MqttApplicationMessage)>();
        private ushort _packet;

        public Core(InboxBox box, int window, uint largestPacket, ulong filter, uint subscription)
        {
            _box = box;
            Window = new(Enqueue, window, long.MaxValue, largestPacket);
            box.Inbox.Subscribe(Window, filter, subscription);
            box.Inbox.Join(Window);
        }

        public CoreWindow Window { get; }

        /// <summary>Handed out, and not taken by the test yet.</summary>
        public int Waiting => _got.Reader.Count;

        public async Task<(ushort Packet, MqttApplicationMessage Message)> NextAsync() => await _got.Reader.ReadAsync(Ct);

        public async Task<string> NextTextAsync() => Text((await NextAsync()).Message);

        public void Acknowledge(ushort packet) => _box.Inbox.Acknowledge(Window, packet);

        /// <summary>Takes and acknowledges so many, one after another.</summary>
        /// <param name="count">How many.</param>
        /// <param name="slowly">The disk is given the time to read what has a place in the window.</param>
        public async Task<List<string>> WorkAsync(int count, bool slowly = false)
        {
            var done = new List<string>();
            while (done.Count < count)
            {
                if (slowly)
                    await UntilAsync(() => Waiting == Window.Frames);
                var (packet, message) = await NextAsync();
                done.Add(Text(message));
                Acknowledge(packet);
            }

            return done;
        }

        public void Leave() => _box.Inbox.Leave(Window);

        private ushort Enqueue(MqttApplicationMessage message)
        {
            Assert.True(_got.Writer.TryWrite((++_packet, message)));
            return _packet;
        }
    }

    public sealed class Lines : ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue((logLevel, formatter(state, exception)));
    }
}
