using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge.Greengrass;

/// <summary>
/// Gives copies of answers to other components on a local topic, and to AWS IoT Core. Their devices have them already, or the queue has: a copy is
/// at most once, and when the nucleus is away the newest of them wait. Thread-safe.
/// </summary>
internal sealed class AnswerOutlet
{
    // Half a minute of 30 answers a second, some 2 kB each: a nucleus that is started anew is back by then.
    private const int MostWaiting = 1_000;

    private readonly Nucleus _nucleus;
    private readonly ILogger _logger;
    private readonly Channel<Answer> _waiting;
    private readonly Target _local;
    private readonly Target _cloud;
    private long _dropped;
    private int _underWay;
    private bool _dropping;

    public AnswerOutlet(Nucleus nucleus, ILogger logger)
    {
        (_nucleus, _logger) = (nucleus, logger);
        _waiting = Channel.CreateBounded<Answer>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, Dropped);
        _local = new(static (n, topic, bytes) => n.FitsTopic(topic, bytes), static (n, topic, bytes, ct) => n.PublishToTopicAsync(topic, bytes, ct));
        _cloud = new(static (n, topic, bytes) => n.FitsIotCore(topic, bytes), static (n, topic, bytes, ct) => n.PublishToIotCoreAsync(topic, bytes, ct));
    }

    private delegate bool Fits(Nucleus nucleus, string topic, byte[] bytes);

    private delegate Task Publish(Nucleus nucleus, string topic, byte[] bytes, CancellationToken ct);

    /// <summary>In force from the next answer on.</summary>
    public Outlets Outlets { get => Volatile.Read(ref field); set => Volatile.Write(ref field, value); } = Outlets.None;

    public long Published => Interlocked.Read(ref _local.Published) + Interlocked.Read(ref _cloud.Published);

    /// <summary>Copies that the nucleus did not take.</summary>
    public long Refused => Interlocked.Read(ref _local.Refused) + Interlocked.Read(ref _cloud.Refused);

    /// <summary>Answers that gave way to newer ones.</summary>
    public long Lost => Interlocked.Read(ref _dropped);

    public int Waiting => Volatile.Read(ref _underWay);

    /// <summary>Never waits.</summary>
    public void Offer(Answer answer)
    {
        if (Outlets is { AnswersTopic: null, IotCoreTopic: null }) return;
        Interlocked.Increment(ref _underWay);
        _waiting.Writer.TryWrite(answer);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var answer in _waiting.Reader.ReadAllAsync(ct))
            {
                await GiveAsync(_local, Outlets.AnswersTopic, answer, ct);
                await GiveAsync(_cloud, Outlets.IotCoreTopic, answer, ct);
                Interlocked.Decrement(ref _underWay);
                if (_dropping && _waiting.Reader.Count == 0)
                {
                    _dropping = false;
                    Log.CopiesCaughtUp(_logger, Lost);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>Completes when nothing waits any more; nothing may be offered from then on.</summary>
    public async Task FinishAsync(TimeProvider time, CancellationToken ct)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(5), time);
        while (Waiting > 0) await look.WaitForNextTickAsync(ct);
    }

    private async Task GiveAsync(Target target, string? topic, Answer answer, CancellationToken ct)
    {
        if (topic is null) return;
        topic = NameOf(topic, answer.Device);
        try
        {
            await target.Publish(_nucleus, topic, Fit(answer, bytes => target.Fits(_nucleus, topic, bytes)), ct);
            Interlocked.Increment(ref target.Published);
            if (target.Refusing) Log.CopiesTaken(_logger, topic, answer.RequestId, Interlocked.Read(ref target.Refused));
            target.Refusing = false;
        }
        catch (IpcException refused)
        {
            Interlocked.Increment(ref target.Refused);
            if (!target.Refusing) Log.CopyRefused(_logger, topic, answer.RequestId, refused.Message, refused.IsUnauthorized ? "; give the component the right in its accessControl" : "");
            target.Refusing = true;
        }
    }

    /// <summary>The topic with the device in the place of the <c>+</c>.</summary>
    internal static string NameOf(string topic, string device) => string.Join('/', topic.Split('/').Select(level => level == "+" ? device : level));

    /// <summary>The answer as JSON; where that is too long first without its reasons, then without its smallest faces, which are counted.</summary>
    internal static byte[] Fit(Answer answer, Func<byte[], bool> fits)
    {
        var bytes = JsonOf(answer);
        if (fits(bytes)) return bytes;
        var faces = answer.Faces.Select(face => face with { Why = null }).ToArray();
        for (var kept = faces.Length; ; kept--)
        {
            bytes = JsonOf(answer with { Faces = faces[..kept], FacesDropped = answer.FacesDropped + faces.Length - kept });
            if (kept == 0 || fits(bytes)) return bytes;
        }
    }

    private static byte[] JsonOf(Answer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, WireJson.Default.Answer);

    private void Dropped(Answer oldest)
    {
        Interlocked.Decrement(ref _underWay);
        Interlocked.Increment(ref _dropped);
        if (_dropping) return;
        _dropping = true;
        Log.CopiesDropped(_logger, oldest.RequestId, MostWaiting);
    }

    /// <summary>One of the two ways out, and how it goes there. Read and written by the one loop, counters aside.</summary>
    private sealed class Target(Fits fits, Publish publish)
    {
        public readonly Fits Fits = fits;
        public readonly Publish Publish = publish;
        public long Published;
        public long Refused;
        public bool Refusing;
    }
}
