using System.Buffers.Binary;
using System.Text;

namespace Sightline.Pipeline.Edge.Greengrass;

/// <summary>A message as the stand-in sees it: every header, int or text, and the payload.</summary>
internal sealed record WireMessage(IReadOnlyDictionary<string, object> Headers, byte[] Payload)
{
    public int Type => (int)Headers[":message-type"];
    public int Flags => (int)Headers[":message-flags"];
    public int Stream => (int)Headers[":stream-id"];
    public string? Text(string name) => Headers.GetValueOrDefault(name) as string;
}

/// <summary>The event stream again, by another hand than src/Edge has it, so that one mistake cannot hide in both.</summary>
internal static class StandInWire
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(n =>
    {
        var c = (uint)n;
        for (var bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
        return c;
    })];

    public static byte[] Message(byte[] payload, params (string Name, object Value)[] headers)
    {
        var block = headers.SelectMany(header => Header(header.Name, header.Value)).ToArray();
        var prelude = Big((uint)(12 + block.Length + payload.Length + 4)).Concat(Big((uint)block.Length)).ToArray();
        byte[] body = [.. prelude, .. Big(Crc(prelude)), .. block, .. payload];
        return [.. body, .. Big(Crc(body))];
    }

    /// <summary>Null at the end, and where nucleus lite closes the connection: a wrong CRC, a header that is neither int nor text.</summary>
    public static async Task<WireMessage?> ReadAsync(Stream stream, int largest, CancellationToken ct)
    {
        var prelude = new byte[12];
        if (await stream.ReadAtLeastAsync(prelude, 12, throwOnEndOfStream: false, ct) < 12 || Crc(prelude[..8]) != Number(prelude, 8)) return null;
        var (total, headersLength) = ((int)Number(prelude, 0), (int)Number(prelude, 4));
        if (total > largest) return null;
        var rest = new byte[total - 12];
        if (await stream.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, ct) < rest.Length) return null;
        if (Crc([.. prelude, .. rest[..^4]]) != Number(rest, rest.Length - 4)) return null;

        var headers = new Dictionary<string, object>();
        for (var at = 0; at < headersLength;)
        {
            var name = Encoding.UTF8.GetString(rest, at + 1, rest[at]);
            at += 1 + rest[at];
            var type = rest[at++];
            if (type == 4)
            {
                headers[name] = (int)Number(rest, at);
                at += 4;
            }
            else if (type == 7)
            {
                var length = BinaryPrimitives.ReadUInt16BigEndian(rest.AsSpan(at));
                headers[name] = Encoding.UTF8.GetString(rest, at + 2, length);
                at += 2 + length;
            }
            else
            {
                return null;
            }
        }
        return new(headers, rest[headersLength..^4]);
    }

    private static byte[] Header(string name, object value) => value is int number
        ? [(byte)name.Length, .. Encoding.UTF8.GetBytes(name), 4, .. Big((uint)number)]
        : [(byte)name.Length, .. Encoding.UTF8.GetBytes(name), 7, (byte)(((string)value).Length >> 8), (byte)((string)value).Length, .. Encoding.UTF8.GetBytes((string)value)];

    private static byte[] Big(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static uint Number(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));

    private static uint Crc(byte[] bytes) => ~bytes.Aggregate(uint.MaxValue, (crc, next) => Table[(byte)(crc ^ next)] ^ (crc >> 8));
}
