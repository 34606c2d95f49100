using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Sightline.Wire;

namespace Sightline.Edge.Greengrass;

/// <summary>
/// Messages as bytes: total length, length of the headers, CRC-32 of these eight bytes, headers, payload, CRC-32 of everything before;
/// all numbers big-endian (https://smithy.io/2.0/aws/amazon-eventstream.html). A header is the length of its name in a byte, the name,
/// a byte for the type, the value.
/// </summary>
internal static class EventStream
{
    /// <summary>Both lengths and their CRC-32.</summary>
    private const int PreludeLength = 12;
    private const int CrcLength = 4;

    /// <summary>
    /// A nucleus may send 24 MiB (aws-c-event-stream, event_stream.h). Nothing that the core asks for comes near this: a message of AWS IoT Core
    /// has 128 KiB, in base64 175 kB.
    /// </summary>
    public const int LargestMessage = 1 << 20;

    // The types of header values; each but the two with a length of their own has a fixed size.
    private const byte Int32 = 4;
    private const byte Bytes = 6;
    private const byte Text = 7;

    /// <summary>In bytes, as it goes over the wire.</summary>
    public static int LengthOf(IpcMessage message) => PreludeLength + HeadersLength(message) + message.Payload.Length + CrcLength;

    public static byte[] Encode(IpcMessage message)
    {
        var headersLength = HeadersLength(message);
        var bytes = new byte[LengthOf(message)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), headersLength);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), Crc32.HashToUInt32(bytes.AsSpan(0, 8)));

        // The nucleus takes headers in any order.
        var rest = bytes.AsSpan(PreludeLength);
        rest = Write(rest, ":message-type", (int)message.Type);
        rest = Write(rest, ":message-flags", (int)message.Flags);
        rest = Write(rest, ":stream-id", message.StreamId);
        rest = Write(rest, ":version", message.Version);
        rest = Write(rest, "operation", message.Operation);
        rest = Write(rest, "service-model-type", message.Model);
        message.Payload.Span.CopyTo(rest);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(^CrcLength), Crc32.HashToUInt32(bytes.AsSpan(..^CrcLength)));
        return bytes;
    }

    /// <summary>The next message; null at the end of the stream between two. Never allocates more than <see cref="LargestMessage"/>.</summary>
    /// <exception cref="IpcException">What comes is no message.</exception>
    public static async ValueTask<IpcMessage?> ReadAsync(Stream stream, CancellationToken ct)
    {
        var prelude = new byte[PreludeLength];
        var got = await stream.ReadAtLeastAsync(prelude, PreludeLength, throwOnEndOfStream: false, ct);
        if (got == 0) return null;
        if (got < PreludeLength) throw new IpcException($"the stream ended after {got} of the {PreludeLength} bytes that begin a message");
        var (total, headersLength) = Lengths(prelude);

        var rest = new byte[total - PreludeLength];
        got = await stream.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, ct);
        if (got < rest.Length) throw new IpcException($"the stream ended after {PreludeLength + got} of the {total} bytes of a message");

        var crc = new Crc32();
        crc.Append(prelude);
        crc.Append(rest.AsSpan(..^CrcLength));
        Compare("a message", crc.GetCurrentHashAsUInt32(), BinaryPrimitives.ReadUInt32BigEndian(rest.AsSpan(^CrcLength)));
        return Message(rest.AsSpan(0, headersLength), rest.AsMemory(headersLength..^CrcLength));
    }

    /// <summary>Believed only when their own CRC-32 is right, so that damage is not waited for.</summary>
    private static (int Total, int Headers) Lengths(ReadOnlySpan<byte> prelude)
    {
        Compare("the lengths of a message", Crc32.HashToUInt32(prelude[..8]), BinaryPrimitives.ReadUInt32BigEndian(prelude[8..]));
        var total = BinaryPrimitives.ReadUInt32BigEndian(prelude);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(prelude[4..]);
        if (total > LargestMessage) throw new IpcException($"a message of {total} bytes; at most {LargestMessage} are taken");
        if (total < PreludeLength + CrcLength) throw new IpcException($"a message of {total} bytes; the shortest has {PreludeLength + CrcLength}");
        if (headers > total - PreludeLength - CrcLength) throw new IpcException($"a message of {total} bytes cannot have {headers} bytes of headers");
        return ((int)total, (int)headers);
    }

    private static void Compare(string what, uint computed, uint said)
    {
        if (computed != said) throw new IpcException($"the CRC-32 of {what} is {computed:x8} and the message says {said:x8}: it is damaged");
    }

    private static IpcMessage Message(ReadOnlySpan<byte> headers, ReadOnlyMemory<byte> payload)
    {
        int? type = null, flags = null, stream = null;
        string? model = null, operation = null, version = null;
        while (!headers.IsEmpty)
        {
            var name = Encoding.UTF8.GetString(Take(ref headers, Take(ref headers, 1)[0]));
            var kind = Take(ref headers, 1)[0];
            var value = Take(ref headers, ValueLength(ref headers, kind, name));
            // What is not known here is passed over, as the protocol grows.
            switch (name)
            {
                case ":message-type": type = Number(name, kind, value); break;
                case ":message-flags": flags = Number(name, kind, value); break;
                case ":stream-id": stream = Number(name, kind, value); break;
                case ":version": version = Word(name, kind, value); break;
                case "operation": operation = Word(name, kind, value); break;
                case "service-model-type": model = Word(name, kind, value); break;
            }
        }
        if (type is null || stream is null) throw new IpcException($"a message without the header {(type is null ? ":message-type" : ":stream-id")}");
        return new((MessageType)type, (MessageFlags)(flags ?? 0), stream.Value) { Model = model, Operation = operation, Version = version, Payload = payload };
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> headers, int length)
    {
        if (length > headers.Length) throw new IpcException($"a header needs {length} bytes where the headers have {headers.Length} left");
        var taken = headers[..length];
        headers = headers[length..];
        return taken;
    }

    private static int ValueLength(ref ReadOnlySpan<byte> headers, byte kind, string name) => kind switch
    {
        0 or 1 => 0, // true, false
        2 => 1,
        3 => 2,
        Int32 => 4,
        5 or 8 => 8, // a long, a time
        Bytes or Text => BinaryPrimitives.ReadUInt16BigEndian(Take(ref headers, 2)),
        9 => 16, // a UUID
        _ => throw new IpcException($"the header '{Quoted.Of(name)}' has the type {kind}; the types are 0 to 9"),
    };

    private static int Number(string name, byte kind, ReadOnlySpan<byte> value) => kind == Int32
        ? BinaryPrimitives.ReadInt32BigEndian(value)
        : throw new IpcException($"the header {name} has the type {kind}; wanted {Int32}, a number of 32 bits");

    private static string Word(string name, byte kind, ReadOnlySpan<byte> value) => kind == Text
        ? Encoding.UTF8.GetString(value)
        : throw new IpcException($"the header {name} has the type {kind}; wanted {Text}, a text");

    private static int HeadersLength(IpcMessage message) => IntLength(":message-type") + IntLength(":message-flags") + IntLength(":stream-id")
        + TextLength(":version", message.Version) + TextLength("operation", message.Operation) + TextLength("service-model-type", message.Model);

    private static int IntLength(string name) => 1 + name.Length + 1 + sizeof(int);

    private static int TextLength(string name, string? value) => value is null ? 0 : 1 + name.Length + 1 + sizeof(ushort) + Encoding.UTF8.GetByteCount(value);

    private static Span<byte> Write(Span<byte> to, string name, int value)
    {
        to = WriteName(to, name, Int32);
        BinaryPrimitives.WriteInt32BigEndian(to, value);
        return to[sizeof(int)..];
    }

    private static Span<byte> Write(Span<byte> to, string name, string? value)
    {
        if (value is null) return to;
        to = WriteName(to, name, Text);
        var length = Encoding.UTF8.GetBytes(value, to[sizeof(ushort)..]);
        BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)length);
        return to[(sizeof(ushort) + length)..];
    }

    private static Span<byte> WriteName(Span<byte> to, string name, byte kind)
    {
        to[0] = (byte)name.Length;
        Encoding.ASCII.GetBytes(name, to[1..]);
        to[1 + name.Length] = kind;
        return to[(2 + name.Length)..];
    }
}
