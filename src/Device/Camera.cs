using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Packets;
using Sightline.Wire;

namespace Sightline.Device;

/// <summary>One device: publishes frames and takes their answers.</summary>
internal sealed class Camera : IAsyncDisposable
{
    // Without a window the answers do not hold a camera up; this bounds what is remembered of a system that never answers.
    private const int MostUnanswered = 10_000;

    // An answer that is on its way after all needs no second question; and all unanswered frames at once, each time that a connection comes and goes, would be
    // a flood that keeps the answers from coming.
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    private readonly CameraOptions _options;
    private readonly IFrameSource _source;
    private readonly Tally _tally;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly AnswerBook _book = new();
    private readonly FrameFit _fit;
    private readonly MqttLink _link;
    private readonly int _window;
    private readonly SemaphoreSlim _unanswered;
    private readonly CancellationTokenSource _givingUp = new();
    private int _refused;
    private int _notRaw;
    private int _recompressed;

    public Camera(CameraOptions options, IFrameSource source, FrameFit fit, Tally tally, ILogger logger, TimeProvider time)
    {
        (_options, _source, _fit, _tally, _logger, _time) = (options, source, fit, tally, logger, time);
        IReadOnlyList<string> filters = options.Answers == AnswerPath.Mqtt ? [Topics.Answers(options.Device)] : [];
        // The broker keeps answers that come while the connection is cut for as long as they are waited for; those of an earlier run are strays.
        _link = new MqttLink(options.Broker, options.Device, filters, TakeAsync, logger, time, options.AnswerTimeout);
        _window = options.Rate > 0 ? MostUnanswered : options.Window;
        _unanswered = new SemaphoreSlim(_window);
    }

    public string Device => _options.Device;

    public Task ConnectAsync(CancellationToken ct) => _link.StartAsync(ct);

    /// <summary>
    /// Publishes all frames, <paramref name="phase"/> of an interval later than its neighbours (<see cref="Schedule"/>), and returns when each
    /// has its answer or is lost. After <paramref name="stop"/> it sends no more, and those on their way have <paramref name="grace"/> left.
    /// </summary>
    public async Task RunAsync(double phase, TimeSpan grace, CancellationToken stop)
    {
        await using var stopping = stop.Register(() => _givingUp.CancelAfter(grace));
        try
        {
            await PublishAllAsync(phase, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What was sent is still waited for, below.
        }
        for (var place = 0; place < _window; place++) await _unanswered.WaitAsync(CancellationToken.None);
    }

    /// <summary>Takes an answer that came on either path.</summary>
    public Matched Take(Answer answer)
    {
        var matched = _book.Take(answer);
        if (matched == Matched.Duplicate) _tally.Duplicate();
        return matched;
    }

    private async Task PublishAllAsync(double phase, CancellationToken stop)
    {
        var schedule = new Schedule(_time.GetTimestamp(), _options.Rate > 0 ? _options.Rate : 1, phase, _time);
        var count = _options.Count ?? _source.Count;
        for (long index = 0; index < count; index++)
        {
            var frame = await _source.GetAsync(index, stop);
            if (_options.Rate > 0) await Task.Delay(schedule.Wait(index), _time, stop);
            await _unanswered.WaitAsync(stop);
            var from = _options.Rate > 0 ? schedule.Due(index) : _time.GetTimestamp();
            _ = FollowAsync(index, frame, from); // never throws; gives its place back when it has its answer
        }
    }

    private async Task FollowAsync(long index, CameraFrame frame, long from)
    {
        var now = _time.GetUtcNow();
        var requestId = Guid.CreateVersion7(now).ToString();
        try
        {
            var answer = _book.Expect(requestId);
            _tally.Sent();
            var received = await AskAsync(answer, await MessageOfAsync(index, requestId, frame, now), requestId);
            _tally.Answered(new AnswerReceived(Device, received, frame.File, _time.GetElapsedTime(from).TotalMilliseconds, frame.Truth));
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            _book.GiveUp(requestId);
            _tally.Lost();
        }
        catch (Exception bug)
        {
            _book.GiveUp(requestId);
            _tally.Lost();
            Log.Failed(_logger, bug, requestId, Device);
        }
        finally
        {
            _unanswered.Release();
        }
    }

    /// <summary>
    /// Publishes, and again some time after every connection that follows while there is no answer: it may have come when nobody was there to take it. The core knows
    /// the frame by its id and bytes, and answers from its record.
    /// </summary>
    private async Task<Answer> AskAsync(Task<Answer> answer, MqttApplicationMessage message, string requestId)
    {
        for (var rest = FirstRest; ; rest = rest * 2 < LongestRest ? rest * 2 : LongestRest)
        {
            var outcome = await _link.PublishAsync(message, _givingUp.Token);
            if (outcome.Reason is { } reason && Interlocked.Exchange(ref _refused, 1) == 0) Log.NotTaken(_logger, requestId, Device, reason);
            var again = _link.NextConnection;
            await WaitAsync(_options.AnswerTimeout, answer, again);
            if (!answer.IsCompleted && !again.IsCompleted) throw new TimeoutException();
            await WaitAsync(rest, answer);
            if (answer.IsCompleted) return await answer;
        }
    }

    private async Task WaitAsync(TimeSpan most, params Task[] first)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_givingUp.Token);
        await Task.WhenAny([.. first, Task.Delay(most, _time, waiting.Token)]);
        await waiting.CancelAsync();
        if (!first[0].IsCompleted) _givingUp.Token.ThrowIfCancellationRequested();
    }

    private async ValueTask<MqttApplicationMessage> MessageOfAsync(long index, string requestId, CameraFrame frame, DateTimeOffset now)
    {
        // Without MQTT 5 the bytes of an image would travel without their request id, and no answer could be told to be theirs.
        var raw = _options.Raw && _link.IsMqtt5;
        if (_options.Raw && !raw && Interlocked.Exchange(ref _notRaw, 1) == 0) Log.NotRaw(_logger, Device, _options.Broker.ToString());
        var message = Build(frame.Image, recompressed: false);
        if (_link.LargestPayload is not { } most || message.Payload.Length <= most) return message;

        // In JSON four characters stand for three bytes, and the key that says so needs room too.
        var around = message.Payload.Length - Base64.GetMaxEncodedToUtf8Length(frame.Image.Length) + ",\"recompressed\":true".Length;
        var room = raw ? most : (int)((most - around) / 4 * 3);
        // Elsewhere: it takes several times as long as sending, and the next frame is due.
        if (await Task.Run(() => _fit.Fit(frame.Image, room)) is not { } smaller) return message; // the link refuses it, with both numbers
        if (Interlocked.Exchange(ref _recompressed, 1) == 0) Log.Recompressed(_logger, Device, requestId, frame.Image.Length, smaller.Length, most);
        return Build(smaller, recompressed: true);

        MqttApplicationMessage Build(byte[] image, bool recompressed) =>
            raw ? RawOf(requestId, frame, image, recompressed, now) : JsonOf(index, requestId, frame, image, recompressed, now);
    }

    private MqttApplicationMessage RawOf(string requestId, CameraFrame frame, byte[] image, bool recompressed, DateTimeOffset now) => new()
    {
        Topic = Topics.Frames(Device),
        PayloadSegment = image,
        CorrelationData = Encoding.UTF8.GetBytes(requestId),
        UserProperties =
        [
            Property("filename", Path.GetFileName(frame.File)), Property("captured_at", now.ToString("O")),
            .. _options.Why ? new[] { Property("why", "true") } : [], .. recompressed ? new[] { Property("recompressed", "true") } : [],
        ],
    };

    private MqttApplicationMessage JsonOf(long index, string requestId, CameraFrame frame, byte[] image, bool recompressed, DateTimeOffset now) => new()
    {
        Topic = Topics.Frames(Device),
        PayloadSegment = JsonSerializer.SerializeToUtf8Bytes(
            new FrameMessage { RequestId = requestId, Encoded = image, Filename = Path.GetFileName(frame.File), Sequence = index, CapturedAt = now, Why = _options.Why, Recompressed = recompressed },
            WireJson.Default.FrameMessage),
        ContentType = "application/json",
    };

    private static MqttUserProperty Property(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));

    private Task TakeAsync(Delivery delivery, CancellationToken ct)
    {
        try
        {
            var answer = JsonSerializer.Deserialize(delivery.Message.ConvertPayloadToString(), WireJson.Default.Answer);
            if (answer is { RequestId: not null }) Take(answer);
        }
        catch (JsonException e)
        {
            Log.NoAnswer(_logger, Device, e.Message);
        }
        return delivery.AcknowledgeAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        _givingUp.Dispose();
        _unanswered.Dispose();
    }
}
