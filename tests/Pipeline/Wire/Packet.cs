using System.Buffers.Binary;
using System.Text;

namespace Sightline.Pipeline.Wire;

/// <summary>An MQTT control packet as it lay on the wire, of 3.1.1 or 5 (2.1 in both): read without the library that is under test.</summary>
internal sealed record Packet(bool FromClient, byte Header, byte[] Body)
{
    public const int Connect = 1, ConnAck = 2, Publish = 3, PubAck = 4, Subscribe = 8, SubAck = 9, PingRequest = 12, PingResponse = 13;

    public int Type => Header >> 4;
    public int QualityOfService => (Header >> 1) & 3;
    public bool IsDuplicate => (Header & 8) != 0;

    /// <summary>Of a CONNECT: 4 is MQTT 3.1.1, 5 is 5.</summary>
    public int ProtocolLevel => Body[2 + BinaryPrimitives.ReadUInt16BigEndian(Body)];

    /// <summary>Of a CONNECT: clean start, or clean session.</summary>
    public bool IsClean => (Body[3 + BinaryPrimitives.ReadUInt16BigEndian(Body)] & 2) != 0;

    /// <summary>Of a CONNECT, in seconds.</summary>
    public int KeepAlive => BinaryPrimitives.ReadUInt16BigEndian(Body.AsSpan(4 + BinaryPrimitives.ReadUInt16BigEndian(Body)));

    /// <summary>Of a CONNECT of MQTT 5 whose properties take less than 128 bytes.</summary>
    public string ClientId
    {
        get
        {
            var properties = 6 + BinaryPrimitives.ReadUInt16BigEndian(Body);
            var id = properties + 1 + Body[properties];
            return Encoding.UTF8.GetString(Body.AsSpan(id + 2, BinaryPrimitives.ReadUInt16BigEndian(Body.AsSpan(id))));
        }
    }

    /// <summary>Of a PUBLISH above quality of service 0, or of its PUBACK.</summary>
    public int Id => BinaryPrimitives.ReadUInt16BigEndian(Type == Publish ? Body.AsSpan(2 + BinaryPrimitives.ReadUInt16BigEndian(Body)) : Body);

    /// <summary>Of a PUBACK; where it is left out it means 0, success (MQTT 5, 3.4.2.1), and 3.1.1 has none.</summary>
    public byte Reason => Body.Length > 2 ? Body[2] : (byte)0;

    public byte[] ToBytes() => [Header, .. LengthOf(Body.Length), .. Body];

    /// <returns>Null at the end of the stream.</returns>
    public static async Task<Packet?> ReadAsync(Stream from, bool fromClient, CancellationToken ct)
    {
        var one = new byte[1];
        if (await from.ReadAsync(one, ct) == 0) return null;
        var header = one[0];
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            await from.ReadExactlyAsync(one, ct);
            length |= (one[0] & 0x7F) << shift;
            if (one[0] < 0x80) break;
        }
        var body = new byte[length];
        await from.ReadExactlyAsync(body, ct);
        return new Packet(fromClient, header, body);
    }

    private static byte[] LengthOf(int length)
    {
        var bytes = new List<byte>();
        do
        {
            bytes.Add((byte)((length & 0x7F) | (length > 0x7F ? 0x80 : 0)));
            length >>= 7;
        }
        while (length > 0);
        return [.. bytes];
    }
}
