using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using MQTTnet;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>
/// The path of one frame, from top to bottom: delivered, read, room, decoded, searched, cut, sent, acknowledged.
/// Nothing is acknowledged before it is safe: with the request queue, or answered.
/// <c>end</c> fires when the frames under way have had their time, which is later than when the core is told to stop.
/// </summary>
internal sealed class FramePath(
    CoreOptions options, Mtcnn detector, FrameMemory memory, SteadyQueue requests, Answers answers, CoreStatus status, ILogger logger, TimeProvider time, CancellationToken end)
    : IDisposable
{
    private readonly Room _room = new(options.Parallel, options.MaxPixelsInFlight);
    private readonly SemaphoreSlim _underWay = new(options.MaxUnacknowledged);
    private readonly Streaks _badImages = new();
    private readonly Streaks _crowds = new();
    private readonly DetectOptions _detect = new() { MinFaceSize = options.MinFaceSize };
    private int _placesClosed;

    /// <summary>A message as far as it could be read: a frame whose header promises an image, or what is wrong with it.</summary>
    private readonly record struct Taken(Frame? Frame, BadFrame? Bad, ImageInfo Image, DateTimeOffset At)
    {
        public string Device => Frame?.Device ?? Bad!.Device;
        public string? RequestId => Frame?.RequestId ?? Bad!.RequestId;
    }

    /// <summary>Takes one message; called one by one, in the order they came. Waits while there is no room, and so does everyone behind it.</summary>
    public async Task TakeAsync(Delivery delivery, CancellationToken receiving)
    {
        var taken = Read(delivery.Message);
        await _underWay.WaitAsync(receiving);
        Room.Lease room;
        try
        {
            room = await _room.EnterAsync((long)taken.Image.Width * taken.Image.Height, receiving);
        }
        catch (OperationCanceledException)
        {
            _underWay.Release();
            throw;
        }
        status.CountInFlight(+1);
        // The pool's threads decode and search, the caller goes back for the next message. It never throws, and FinishAsync waits for it.
        _ = Task.Run(() => FollowAsync(delivery, taken, room), CancellationToken.None);
    }

    /// <summary>Completes when no frame is under way: every place is free. Nothing may be taken from then on.</summary>
    public async Task FinishAsync(CancellationToken ct)
    {
        for (; _placesClosed < options.MaxUnacknowledged; _placesClosed++) await _underWay.WaitAsync(ct);
    }

    private async Task FollowAsync(Delivery delivery, Taken taken, Room.Lease room)
    {
        try
        {
            if (await SettleAsync(taken, room)) await delivery.AcknowledgeAsync(end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Not acknowledged: the broker has it still.
        }
        catch (Exception bug)
        {
            if (await FailAsync(taken, bug)) await delivery.AcknowledgeAsync(CancellationToken.None);
        }
        finally
        {
            room.Dispose();
            status.CountInFlight(-1);
            _underWay.Release();
        }
    }

    /// <returns>Whether the message may be acknowledged.</returns>
    private async Task<bool> SettleAsync(Taken taken, Room.Lease room)
    {
        if (taken.Frame is not { } frame) return await RefuseAsync(taken.Bad!, taken.At);
        using var activity = Telemetry.Activities.StartActivity("frame");
        activity?.SetTag("sightline.device", frame.Device).SetTag("sightline.request_id", frame.RequestId);

        var (seen, entry) = memory.Begin(frame, taken.At);
        if (seen == Seen.Duplicate) return await RepeatAsync(taken, entry, room);
        if (seen == Seen.ReusedId) status.CountReusedId();

        var safe = false;
        try
        {
            status.CountAccepted();
            return safe = await RecognizeAsync(frame, entry, room);
        }
        finally
        {
            if (!safe) memory.Forget(entry);
            entry.Settle(safe);
        }
    }

    private async Task<bool> RecognizeAsync(Frame frame, Remembered entry, Room.Lease room)
    {
        if (!TryDecode(frame, out var picture, out var problem)) return await RefuseAsync(Bad(frame, problem), entry.ReceivedAt, entry);
        GoodFrameFrom(frame);

        var faces = Detect(picture);
        if (faces.Count == 0)
        {
            room.Dispose();
            return await AnswerNoFaceAsync(frame, entry);
        }
        var body = Request(frame, entry.ReceivedAt, picture, faces);
        room.Dispose(); // the pixels are not needed any more, the next frame may have their room
        await SendAsync(frame, body);
        return true;
    }

    private Taken Read(MqttApplicationMessage message)
    {
        try
        {
            return Read(message, time.GetUtcNow());
        }
        catch (Exception bug)
        {
            status.CountError();
            Log.FrameFailed(logger, bug, "?", Printable(message.Topic));
            return new(null, new BadFrame(Printable(message.Topic), null, bug.Message, null, null, null), default, time.GetUtcNow());
        }
    }

    private Taken Read(MqttApplicationMessage message, DateTimeOffset now)
    {
        var device = options.Topics.Select(filter => Topics.DeviceOf(message.Topic, filter)).FirstOrDefault(found => found is not null);
        if (device is null)
            return new(null, new BadFrame(Printable(message.Topic), null, "its topic does not name a device: wanted 1 to 128 of A-Z a-z 0-9 : _ - in the place of the first '+'", null, null, null), default, now);
        if (!FrameReader.TryRead(device, message, time, out var frame, out var bad)) return new(null, bad, default, now);
        if (!ImageCodec.TryReadInfo(frame.Image.Span, out var image, out var problem)) return new(null, Bad(frame, problem), default, now);
        return new(frame, null, image, now);
    }

    private bool TryDecode(Frame frame, [NotNullWhen(true)] out Picture? picture, [NotNullWhen(false)] out string? problem)
    {
        using var _ = Telemetry.Step("decode", time);
        return ImageCodec.TryDecode(frame.Image.Span, out picture, out problem);
    }

    private IReadOnlyList<Face> Detect(Picture picture)
    {
        using var _ = Telemetry.Step("detect", time);
        return detector.Detect(picture, _detect);
    }

    private string Request(Frame frame, DateTimeOffset receivedAt, Picture picture, IReadOnlyList<Face> faces)
    {
        using var _ = Telemetry.Step("crop", time);
        var cut = Crops.Cut(picture, faces, options.Alignments, requests.MaximumMessageSize);
        var request = new FaceRequest
        {
            RequestId = frame.RequestId,
            Device = frame.Device,
            Filename = frame.Filename,
            CapturedAt = frame.CapturedAt,
            ReceivedAt = receivedAt,
            Width = picture.Width,
            Height = picture.Height,
            Faces = cut,
            FacesDropped = faces.Count - cut.Count,
            Why = frame.Why,
        };
        if (!Requests.TryFit(request, requests.MaximumMessageSize, out var body, out var problem))
            throw new InvalidOperationException($"{problem}: give queue {requests.Name} a larger MaximumMessageSize");
        NoteCrowd(frame, body);
        return body;
    }

    private void NoteCrowd(Frame frame, string body)
    {
        // Exact: the quotes of a text in the message are escaped, so only the key itself can look like this.
        if (!body.Contains("\"faces_dropped\":", StringComparison.Ordinal)) _crowds.Good(frame.Device);
        else if (_crowds.Bad(frame.Device)) Log.FacesDropped(logger, frame.RequestId, frame.Device, requests.Name, requests.MaximumMessageSize);
    }

    private async Task SendAsync(Frame frame, string body)
    {
        using var _ = Telemetry.Step("send", time);
        await requests.SendAsync(body, frame.RequestId, end);
        Log.Sent(logger, frame.RequestId, frame.Device, body.Length, requests.Name);
    }

    /// <summary>A duplicate gets the answer again where it is known; where not, it will come. It is as safe as the first one.</summary>
    private async Task<bool> RepeatAsync(Taken taken, Remembered first, Room.Lease room)
    {
        if (!await first.Settled.WaitAsync(end)) return await SettleAsync(taken, room); // the first one failed and is forgotten: this one's chance
        status.CountDuplicate();
        if (first.Answer is { } known) await answers.GiveAsync(known, first.Route, end);
        return true;
    }

    private async Task<bool> AnswerNoFaceAsync(Frame frame, Remembered entry)
    {
        status.CountNoFace();
        var answer = Own(entry.Key, Results.NoFace, frame.Filename, frame.CapturedAt, entry.ReceivedAt);
        await answers.GiveAsync(answer, entry.Route, end);
        memory.Answered(entry, answer);
        return true;
    }

    /// <summary>Answers what is no image, where somebody asked; counts it in any case.</summary>
    private async Task<bool> RefuseAsync(BadFrame bad, DateTimeOffset at, Remembered? entry = null)
    {
        status.CountBadImage();
        if (_badImages.Bad(bad.Device)) Log.BadFrame(logger, bad.Device, bad.RequestId, bad.Reason);
        if (bad.RequestId is null) return true;
        var answer = Own(new FrameKey(bad.Device, bad.RequestId), Results.BadImage, bad.Filename, null, at, bad.Reason);
        await answers.GiveAsync(answer, new Route(bad.ResponseTopic ?? Topics.Answers(bad.Device), bad.CorrelationData), end);
        if (entry is not null) memory.Answered(entry, answer);
        return true;
    }

    /// <summary>A bug in one frame: it is answered so and acknowledged, or it would come back for ever.</summary>
    private async Task<bool> FailAsync(Taken taken, Exception bug)
    {
        status.CountError();
        Log.FrameFailed(logger, bug, taken.RequestId ?? "?", taken.Device);
        if (taken.Frame is not { } frame) return true;
        try
        {
            var answer = Own(new FrameKey(frame.Device, frame.RequestId), Results.Failed, frame.Filename, frame.CapturedAt, taken.At, bug.Message);
            await answers.GiveAsync(answer, Route.Of(frame), end);
            return true;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            Log.AnswerFailed(logger, e, frame.RequestId, frame.Device, Results.Failed);
            return true;
        }
    }

    private void GoodFrameFrom(Frame frame)
    {
        if (_badImages.Good(frame.Device) is > 0 and var bad) Log.GoodAgain(logger, frame.Device, frame.RequestId, bad);
    }

    /// <summary>An id that was made here tells the device nothing: such a frame is counted, not answered.</summary>
    private static BadFrame Bad(Frame frame, string reason) =>
        new(frame.Device, frame.RequestIdGiven ? frame.RequestId : null, reason, frame.Filename, frame.CorrelationData, frame.ResponseTopic);

    // A topic is anybody's text, and a line of the log is one line.
    private static string Printable(string topic) =>
        string.Concat((topic.Length > 128 ? topic[..128] : topic).Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>Once <see cref="FinishAsync"/> has completed.</summary>
    public void Dispose() => _underWay.Dispose();

    private Answer Own(FrameKey key, string result, string? filename, DateTimeOffset? capturedAt, DateTimeOffset receivedAt, string? reason = null) => new()
    {
        RequestId = key.RequestId,
        Device = key.Device,
        Result = result,
        Reason = reason,
        Filename = filename,
        CapturedAt = capturedAt,
        ReceivedAt = receivedAt,
        DecidedAt = time.GetUtcNow(),
    };
}
