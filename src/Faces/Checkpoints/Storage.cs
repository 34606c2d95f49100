using System.Buffers.Binary;

namespace Sightline.Faces.Checkpoints;

/// <summary>How PyTorch names a storage class, what it calls the type, and the bytes of one element.</summary>
internal sealed record ElementType(string StorageClass, string Name, int Bytes)
{
    public static readonly ElementType Float32 = new("torch FloatStorage", "float32", 4);
    public static readonly ElementType Float16 = new("torch HalfStorage", "float16", 2);
    public static readonly ElementType Int64 = new("torch LongStorage", "int64", 8);
    public static readonly IReadOnlyList<ElementType> All = [Float32, Float16, Int64];
}

/// <summary>A run of values in the file that one or more tensors view. Little-endian.</summary>
internal sealed class Storage(ElementType type, string key, long count)
{
    private ReadOnlyMemory<byte> _bytes;

    public ElementType Type { get; } = type;
    public string Key { get; } = key;
    public long Count { get; } = count;
    public bool Filled { get; private set; }

    public void Fill(ReadOnlyMemory<byte> bytes) => (_bytes, Filled) = (bytes, true);

    public float Float(int index) => Type == ElementType.Float16
        ? (float)BinaryPrimitives.ReadHalfLittleEndian(_bytes.Span[(index * 2)..])
        : BinaryPrimitives.ReadSingleLittleEndian(_bytes.Span[(index * 4)..]);

    public long Integer(int index) => BinaryPrimitives.ReadInt64LittleEndian(_bytes.Span[(index * 8)..]);
}

/// <summary>A tensor as the pickle describes it, before its storage has been read.</summary>
internal sealed record TensorView(Storage Storage, long Offset, int[] Shape, long[] Strides);
