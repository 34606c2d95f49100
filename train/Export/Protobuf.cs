using System.Buffers;
using System.Text;

namespace Sightline.Train.Export;

/// <summary>As much of Protocol Buffers' encoding as a model needs to be written: varints and what has a length (protobuf.dev, "Encoding").</summary>
internal sealed class Protobuf
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public Protobuf Integer(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public Protobuf Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public Protobuf Message(int field, Protobuf value) => Bytes(field, value._bytes.WrittenSpan);

    public Protobuf Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.Write([(byte)(value | 0x80)]);
        _bytes.Write([(byte)value]);
    }
}
