using System.Text;

namespace Sightline.Faces.Onnx;

/// <summary>
/// As much of Protocol Buffers' encoding as a model needs to be written: varints and what has a length (protobuf.dev, "Encoding").
/// Holds on to what it is given and copies none of it before it is written, so that 90 MB of weights are there once.
/// </summary>
internal sealed class Protobuf
{
    private readonly List<ReadOnlyMemory<byte>> _parts = [];

    public long Length { get; private set; }

    public Protobuf Integer(int field, long value) => Varint((ulong)field << 3).Varint((ulong)value);

    public Protobuf Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public Protobuf Bytes(int field, ReadOnlyMemory<byte> value) => Head(field, value.Length).Add(value);

    /// <param name="field">Its number.</param>
    /// <param name="value">Finished: what is added to it later is not written.</param>
    public Protobuf Message(int field, Protobuf value)
    {
        Head(field, value.Length);
        foreach (var part in value._parts) Add(part);
        return this;
    }

    public void WriteTo(Stream stream)
    {
        foreach (var part in _parts) stream.Write(part.Span);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        WriteTo(new MemoryStream(bytes));
        return bytes;
    }

    private Protobuf Head(int field, long length) => Varint(((ulong)field << 3) | 2).Varint((ulong)length);

    private Protobuf Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var count = 0;
        for (; value >= 0x80; value >>= 7) bytes[count++] = (byte)(value | 0x80);
        bytes[count++] = (byte)value;
        return Add(bytes[..count].ToArray());
    }

    private Protobuf Add(ReadOnlyMemory<byte> part)
    {
        _parts.Add(part);
        Length += part.Length;
        return this;
    }
}
