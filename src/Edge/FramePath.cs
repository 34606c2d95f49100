using System.Diagnostics.CodeAnalysis;
using Amazon.SQS;
using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>
/// The path of one frame, from top to bottom: delivered, read, room, entered in the books, decoded, searched, cut, sent, acknowledged.
/// Nothing is acknowledged before it is safe: with SQS, in the spool, or answered; and in the books.
/// <c>end</c> fires when the frames under way have had their time, which is later than when the core is told to stop.
/// </summary>
internal sealed class FramePath(
    CoreOptions options, Mtcnn detector, Books books, Turns turns, Outbox outbox, Answers answers, FrameArchive? frames, CoreStatus status, ILogger logger, TimeProvider time, CancellationToken end)
    : IDisposable
{
    private readonly Room _room = new(options.Parallel, options.MaxPixelsInFlight);
    private readonly SemaphoreSlim _underWay = new(options.MaxUnacknowledged);
    private readonly Streaks _badImages = new();
    private readonly Streaks _crowds = new();
    private readonly Streaks _clocks = new();
    private readonly string[] _filters = [.. options.Topics, .. options.FormerTopics];
    private readonly DetectOptions _detect = new() { MinFaceSize = options.MinFaceSize };
    private int _placesClosed;

    /// <summary>Takes one message; called one by one, in the order they came. Waits while there is no room, and so does everyone behind it.</summary>
    public async Task TakeAsync(Delivery delivery, CancellationToken receiving)
    {
        var taken = Read(delivery);
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
            await SettleAsync(taken, room);
            await delivery.AcknowledgeAsync(end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Not acknowledged: the broker has it still.
        }
        catch (Exception bug)
        {
            // Not acknowledged either, and so it comes again with the next connection: of what could not even be entered nothing is known.
            NoteFailed(taken, bug);
        }
        finally
        {
            room.Dispose();
            status.CountInFlight(-1);
            _underWay.Release();
        }
    }

    /// <summary>Completes when the message may be acknowledged.</summary>
    private async Task SettleAsync(Taken taken, Room.Lease room)
    {
        if (taken.Bad is { } bad) NoteBadImage(bad);
        if (taken.Key is not { } key) return; // nobody to answer, nothing to enter
        using var activity = Telemetry.Activities.StartActivity("frame");
        activity?.SetTag("sightline.device", key.Device).SetTag("sightline.request_id", key.RequestId);

        using var turn = await turns.EnterAsync(key, end); // a frame that comes twice at once waits for the first
        var hash = taken.Hash();
        var (known, reused) = await books.FindAsync(key, hash, end);
        if (known is { Outcome: Outcome.Open, Safe: false })
        {
            // Before a crash it was entered, and is not known to have been sent. Should it have been, the second answer is the duplicate.
            await PassAsync(taken with { At = known.ReceivedAt }, Task.FromResult(known), room);
        }
        else if (known is not null) await RepeatAsync(known);
        else
        {
            status.CountAccepted();
            if (reused) status.CountReusedId();
            NoteClock(taken);
            await PassAsync(taken, books.AcceptAsync(taken.Enter(key, hash, taken.LifetimeBy(options)), reused), room);
        }
    }

    /// <summary>A duplicate gets the answer again where it is known; where not, it will come. It is as safe as the first one.</summary>
    private async Task RepeatAsync(Entry known)
    {
        status.CountDuplicate();
        books.CountDuplicate(known.Key.Device);
        await answers.RepeatAsync(known, end);
    }

    // The disk has the row by the time the faces are found: neither waits for the other.
    private async Task PassAsync(Taken taken, Task<Entry> accepting, Room.Lease room)
    {
        Recognized found;
        try
        {
            found = Recognize(taken);
        }
        catch (Exception bug)
        {
            // A bug in one frame: it is answered so, or it would come back for ever.
            found = Recognized.Failed(bug);
            NoteFailed(taken, bug);
        }
        room.Dispose(); // the pixels are not needed any more, the next frame may have their room
        var frame = await accepting;
        if (found.Body is { } body && (found = await SendAsync(frame, body)).Result is null) frames?.Offer(taken);
        if (found.Result is { } result) await answers.EndAsync(frame, frame.OwnAnswer(result, time.GetUtcNow(), found.Reason) with { Recompressed = taken.Frame is { Recompressed: true } }, end);
    }

    /// <summary>What came of a frame here: a request to be sent, or the result where no recognizer is needed; neither, when it is sent.</summary>
    private readonly record struct Recognized(string? Body, string? Result = null, string? Reason = null)
    {
        public static Recognized Failed(Exception why) => new(null, Results.Failed, why.Message);
    }

    private Recognized Recognize(Taken taken)
    {
        if (taken.Frame is not { } frame) return new(null, Results.BadImage, taken.Bad!.Reason);
        if (time.GetUtcNow() > taken.LifetimeBy(options).KeepUntil) return new(null, Results.Expired);
        if (!TryDecode(frame, out var picture, out var problem))
        {
            NoteBadImage(new BadFrame(frame.Device, frame.RequestId, problem, frame.Filename, null, null));
            return new(null, Results.BadImage, problem);
        }
        GoodFrameFrom(frame);
        using (picture)
        {
            var faces = Detect(picture);
            if (faces.Count > 0) return new(Request(frame, taken, picture, faces));
        }
        status.CountNoFace();
        return new(null, Results.NoFace);
    }

    private Taken Read(Delivery delivery)
    {
        var now = time.GetUtcNow();
        try
        {
            return Taken.Read(delivery, _filters, time, now);
        }
        catch (Exception bug)
        {
            status.CountError();
            Log.FrameFailed(logger, bug, "?", Taken.Printable(delivery.Message.Topic));
            return Taken.Unreadable(delivery, bug.Message, now);
        }
    }

    private void NoteClock(Taken taken)
    {
        if (taken.Frame is not { CapturedAt: { } captured } frame) return;
        if (Lifetime.IsPlausible(captured, taken.At)) _clocks.Good(frame.Device);
        else if (_clocks.Bad(frame.Device)) Log.ClockOff(logger, frame.RequestId, frame.Device, (captured - taken.At).TotalSeconds, Lifetime.ClockTolerance.TotalSeconds);
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

    private string Request(Frame frame, Taken taken, Picture picture, IReadOnlyList<Face> faces)
    {
        using var _ = Telemetry.Step("crop", time);
        var lifetime = taken.LifetimeBy(options);
        var cut = Crops.Cut(picture, faces, options.Alignments, outbox.MaximumMessageSize);
        var request = new FaceRequest
        {
            RequestId = frame.RequestId,
            Device = frame.Device,
            Filename = frame.Filename,
            CapturedAt = frame.CapturedAt,
            ReceivedAt = taken.At,
            Width = picture.Width,
            Height = picture.Height,
            Faces = cut,
            FacesDropped = faces.Count - cut.Count,
            ExpiresAt = lifetime.ExpiresAt,
            KeepUntil = lifetime.KeepUntil,
            Why = frame.Why,
            Recompressed = frame.Recompressed,
        };
        if (!Requests.TryFit(request, outbox.MaximumMessageSize, out var body, out var problem))
            throw new InvalidOperationException($"{problem}: give queue {outbox.RequestQueue} a larger MaximumMessageSize");
        NoteCrowd(frame, body);
        return body;
    }

    private void NoteCrowd(Frame frame, string body)
    {
        // Exact: the quotes of a text in the message are escaped, so only the key itself can look like this.
        if (!body.Contains("\"faces_dropped\":", StringComparison.Ordinal)) _crowds.Good(frame.Device);
        else if (_crowds.Bad(frame.Device)) Log.FacesDropped(logger, frame.RequestId, frame.Device, outbox.RequestQueue, outbox.MaximumMessageSize);
    }

    private async Task<Recognized> SendAsync(Entry frame, string body)
    {
        using var _ = Telemetry.Step("send", time);
        try
        {
            await outbox.SendAsync(frame, toResponses: false, body, end);
            Log.Sent(logger, frame.Key.RequestId, frame.Key.Device, body.Length, outbox.RequestQueue);
            return default;
        }
        catch (AmazonSQSException refused)
        {
            status.CountError();
            Log.FrameFailed(logger, refused, frame.Key.RequestId, frame.Key.Device);
            return Recognized.Failed(refused);
        }
    }

    private void NoteFailed(Taken taken, Exception bug)
    {
        status.CountError();
        Log.FrameFailed(logger, bug, taken.RequestId ?? "?", taken.Device);
    }

    private void NoteBadImage(BadFrame bad)
    {
        status.CountBadImage();
        if (_badImages.Bad(bad.Device)) Log.BadFrame(logger, bad.Device, bad.RequestId, bad.Reason);
    }

    private void GoodFrameFrom(Frame frame)
    {
        if (_badImages.Good(frame.Device) is > 0 and var bad) Log.GoodAgain(logger, frame.Device, frame.RequestId, bad);
    }

    /// <summary>Once <see cref="FinishAsync"/> has completed.</summary>
    public void Dispose() => _underWay.Dispose();
}
