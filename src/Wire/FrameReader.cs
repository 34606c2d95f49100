using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MQTTnet;
using MQTTnet.Packets;

namespace Sightline.Wire;

/// <summary>
/// An MQTT message to a frame: JSON, or the image file's bytes themselves, told apart by the first bytes.
/// Hostile input ends as a <see cref="BadFrame"/>, never as an exception.
/// </summary>
public static class FrameReader
{
    /// <summary>In characters. Long enough for every UUID, ARN-like and path-like id seen; bounds the books and the log lines.</summary>
    public const int LongestRequestId = 128;

    /// <summary>In characters: the longest path of common file systems (Linux PATH_MAX 4096) is more than an answer should carry back.</summary>
    public const int LongestFilename = 1024;

    /// <summary>The user property in which the box's broker says when it took a frame. A device cannot set it there; elsewhere it could only make itself look older.</summary>
    public const string AcceptedAtProperty = "sightline-accepted-at";

    // RFC 3629 byte order mark: some Windows clients write it before their JSON.
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public static bool TryRead(
        string device, MqttApplicationMessage message, TimeProvider time, [NotNullWhen(true)] out Frame? frame, [NotNullWhen(false)] out BadFrame? bad)
    {
        // The message is this reader's alone: what arrived is not looked at again.
        var payload = message.Payload.IsSingleSegment ? MemoryMarshal.AsMemory(message.Payload.First) : message.Payload.ToArray();
        var body = payload.Span.StartsWith(ByteOrderMark) ? payload[ByteOrderMark.Length..] : payload;

        var fields = new FrameFields();
        if (StartsJson(body.Span)) JsonFrame.Read(body, ref fields);
        else if (IsImage(payload.Span)) ReadProperties(message, payload, ref fields);
        else
        {
            ReadProperties(message, default, ref fields);
            fields.Problem = payload.IsEmpty
                ? "the message is empty; wanted a JSON frame or the bytes of a JPEG, PNG or WebP image"
                : $"the message begins with {Convert.ToHexString(payload.Span[..Math.Min(4, payload.Length)])}; wanted a JSON frame ('{{') or the bytes of a JPEG, PNG or WebP image";
        }

        var correlation = message.CorrelationData is { Length: > 0 } data ? data : null;
        var requestId = fields.RequestId ?? (fields.RequestIdWrong || correlation is null ? null : IdOf(correlation));
        var responseTopic = message.ResponseTopic is { } topic && Topics.IsBelow(topic, device) ? topic : null;

        if (fields.Problem is { } problem)
        {
            (frame, bad) = (null, new BadFrame(device, requestId, problem, fields.Filename, correlation, responseTopic));
            return false;
        }
        bad = null;
        frame = new Frame(
            device, requestId ?? NewId(message, fields.Image.Span, time), requestId is not null,
            fields.Image, fields.Filename, fields.CapturedAt, correlation, responseTopic, fields.Why, fields.Recompressed);
        return true;
    }

    /// <summary>When the box's broker took the message; null where another one brought it.</summary>
    public static DateTimeOffset? AcceptedAt(MqttApplicationMessage message)
    {
        foreach (var property in message.UserProperties ?? [])
        {
            if (property.Name == AcceptedAtProperty && Rfc3339.TryParse(property.ReadValueAsString(), out var at)) return at;
        }
        return null;
    }

    /// <summary>A UUIDv7 for who gave no id. Where the broker says when it took the frame, the same each time that it brings it: so a frame without an id is known again, too.</summary>
    private static string NewId(MqttApplicationMessage message, ReadOnlySpan<byte> image, TimeProvider time)
    {
        if (AcceptedAt(message) is not { } accepted) return Guid.CreateVersion7(time.GetUtcNow()).ToString();
        // RFC 9562, 5.7: 48 bits of milliseconds, then version and variant among bits that need only be unlikely to come twice.
        Span<byte> id = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(image, id);
        var time48 = (ulong)accepted.ToUnixTimeMilliseconds() << 16;
        BinaryPrimitives.WriteUInt16BigEndian(id[6..], (ushort)(accepted.UtcTicks ^ BinaryPrimitives.ReadUInt16BigEndian(id[6..])));
        var (six, seven) = (id[6], id[7]);
        BinaryPrimitives.WriteUInt64BigEndian(id, time48);
        (id[6], id[7], id[8]) = ((byte)(0x70 | (six & 0x0F)), seven, (byte)(0x80 | (id[8] & 0x3F)));
        return new Guid(id[..16], bigEndian: true).ToString();
    }

    /// <summary>Whether the bytes begin as a JPEG, PNG or WebP file does.</summary>
    internal static bool IsImage(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) // ITU-T T.81, B.1.1.3: SOI, then any marker
        || bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]) // RFC 2083, 3.1
        || (bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8)); // RFC 9649, 2.4

    /// <summary>1 to <see cref="LongestRequestId"/> characters, each one that prints: no control, format or unpaired surrogate, no line break.</summary>
    internal static bool IsRequestId(string text)
    {
        if (text.Length is 0 or > LongestRequestId) return false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar || !IsPrintable(rune)) return false;
        }
        return true;
    }

    internal static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
        or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator
        or System.Globalization.UnicodeCategory.PrivateUse or System.Globalization.UnicodeCategory.OtherNotAssigned
        or System.Globalization.UnicodeCategory.Surrogate);

    /// <summary>Correlation data as a request id: the text that it is, else base64url; what is longer than an id may be, its SHA-256 in base64url.</summary>
    internal static string IdOf(byte[] correlation)
    {
        if (correlation.Length <= LongestRequestId * 4 && Encoding.UTF8.GetString(correlation) is var text && IsRequestId(text)) return text;
        var id = Base64Url.EncodeToString(correlation);
        return id.Length <= LongestRequestId ? id : Base64Url.EncodeToString(SHA256.HashData(correlation));
    }

    private static bool StartsJson(ReadOnlySpan<byte> body)
    {
        var start = body.IndexOfAnyExcept(" \t\r\n"u8); // RFC 8259, 2: JSON's white space
        return start >= 0 && body[start] == (byte)'{';
    }

    private static void ReadProperties(MqttApplicationMessage message, ReadOnlyMemory<byte> image, ref FrameFields fields)
    {
        fields.Image = image;
        foreach (var property in message.UserProperties ?? [])
        {
            if (property.Name == "filename") fields.TakeFilename(property.ReadValueAsString());
            else if (property.Name == "captured_at") fields.TakeCapturedAt(property.ReadValueAsString());
            else if (property.Name == "why") fields.TakeWhy(property.ReadValueAsString());
            else if (property.Name == "recompressed") fields.TakeRecompressed(property.ReadValueAsString());
        }
    }
}
