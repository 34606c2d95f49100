using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>A message as far as it could be read: a frame whose header promises an image, or what is wrong with it.</summary>
internal sealed record Taken
{
    /// <summary>Null where <see cref="Bad"/> says what it is.</summary>
    public Frame? Frame { get; private init; }
    public BadFrame? Bad { get; private init; }

    /// <summary>As its header promises; nothing of a message that is no frame.</summary>
    public ImageInfo Image { get; private init; }

    /// <summary>When Sightline received it: the box's broker may have had it for a while.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Null where there is nobody to answer: what it is was not to be read, or not whose it is.</summary>
    public FrameKey? Key { get; private init; }

    public required Delivery Delivery { private get; init; }

    public string Device => Frame?.Device ?? Bad!.Device;
    public string? RequestId => Frame?.RequestId ?? Bad!.RequestId;

    public static Taken Read(Delivery delivery, IReadOnlyList<string> filters, TimeProvider time, DateTimeOffset now)
    {
        var message = delivery.Message;
        var device = filters.Select(filter => Topics.DeviceOf(message.Topic, filter)).FirstOrDefault(found => found is not null);
        if (device is null) return Unreadable(delivery, "its topic does not name a device: wanted 1 to 128 of A-Z a-z 0-9 : _ - in the place of the first '+'", now);
        var at = FrameReader.AcceptedAt(message) is { } accepted && accepted < now ? accepted : now;
        if (!FrameReader.TryRead(device, message, time, out var frame, out var bad))
            return new() { Delivery = delivery, Bad = bad, At = at, Key = bad.RequestId is { } id ? new FrameKey(device, id) : null };
        var key = new FrameKey(device, frame.RequestId);
        if (ImageCodec.TryReadInfo(frame.Image.Span, out var image, out var problem)) return new() { Delivery = delivery, Frame = frame, Image = image, At = at, Key = key };
        var broken = new BadFrame(device, frame.RequestId, problem, frame.Filename, frame.CorrelationData, frame.ResponseTopic);
        return new() { Delivery = delivery, Bad = broken, At = at, Key = frame.RequestIdGiven ? key : null };
    }

    /// <summary>What nobody can be told about.</summary>
    public static Taken Unreadable(Delivery delivery, string reason, DateTimeOffset now) =>
        new() { Delivery = delivery, Bad = new BadFrame(Printable(delivery.Message.Topic), null, reason, null, null, null), At = now };

    // A topic is anybody's text, and a line of the log is one line.
    public static string Printable(string topic) =>
        string.Concat((topic.Length > 128 ? topic[..128] : topic).Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>Of the image, or of the message where there is none: half of SHA-256 tells frames apart without a thought, and who forges a collision only loses a frame of their own.</summary>
    public UInt128 Hash()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (Frame is { } frame) SHA256.HashData(frame.Image.Span, hash);
        else SHA256.HashData(Delivery.Message.Payload.ToArray(), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    public Lifetime LifetimeBy(CoreOptions options) => Lifetime.Of(At, Frame?.CapturedAt, options);

    /// <summary>Its row in the books, open.</summary>
    public Entry Enter(FrameKey key, UInt128 hash, Lifetime lifetime) => new()
    {
        Key = key,
        Hash = hash,
        ReceivedAt = At,
        Lifetime = lifetime,
        Route = Frame is { } frame ? Route.Of(frame) : Route.Of(Bad!),
        Filename = Frame is null ? Bad!.Filename : Frame.Filename,
        CapturedAt = Frame?.CapturedAt,
        IdGiven = Frame?.RequestIdGiven ?? true,
        Redeliverable = Delivery.Kept,
    };
}
