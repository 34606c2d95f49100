using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Sightline.Tests;

/// <summary>Writes state dictionaries and lists of embeddings as PyTorch does, and pickles that neither needs.</summary>
internal sealed class CheckpointWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>The magic number, protocol version 1001 and a little-endian system, as PyTorch writes them.</summary>
    public static readonly byte[] Header =
    [
        0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.',
        0x80, 2, (byte)'M', 0xe9, 0x03, (byte)'.',
        0x80, 2, (byte)'}', (byte)'X', 13, 0, 0, 0, .. "little_endian"u8, 0x88, (byte)'s', (byte)'.',
    ];

    public static byte[] Write(params (string Name, int[] Shape, float[] Values)[] tensors)
    {
        var writer = new CheckpointWriter().Raw(Header).Text("\x80\x02}(");
        for (var i = 0; i < tensors.Length; i++)
            writer.Tensor(tensors[i].Name, $"{i}", tensors[i].Shape, Contiguous(tensors[i].Shape), offset: 0, tensors[i].Values.Length);
        writer.Text("u.").Keys(tensors.Length);
        foreach (var (_, _, values) in tensors) writer.Storage(values);
        return writer.ToArray();
    }

    /// <summary>torch.save([embeddings, names], 'data.pt'): every embedding a storage of its own and of one row.</summary>
    /// <param name="isZip">PyTorch's container since 1.6; else the one before.</param>
    /// <param name="people">Names may repeat.</param>
    public static byte[] WriteList(bool isZip, params (string Name, float[] Values)[] people)
    {
        var pickle = new CheckpointWriter().Text("\x80\x02](](");
        for (var i = 0; i < people.Length; i++) pickle.Tensor($"{i}", [1, people[i].Values.Length], [people[i].Values.Length, 1], 0, people[i].Values.Length, metadata: isZip ? "" : "N");
        pickle.Text("e](");
        foreach (var (name, _) in people) pickle.String(name);
        return pickle.Text("ee.").InContainer(isZip, [.. people.Select(person => person.Values)]);
    }

    /// <summary>What was written so far is the object; behind it come the storages, with the keys 0, 1, 2…</summary>
    public byte[] InContainer(bool isZip, params float[][] storages)
    {
        if (isZip) return Zip([("data/data.pkl", ToArray()), ("data/byteorder", "little"u8.ToArray()), .. storages.Select((values, i) => ($"data/data/{i}", Bytes(values)))]);
        var file = new CheckpointWriter().Raw(Header).Raw(ToArray()).Keys(storages.Length);
        foreach (var values in storages) file.Storage(values);
        return file.ToArray();
    }

    public static byte[] Zip((string Name, byte[] Content)[] entries, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    public static long[] Contiguous(int[] shape)
    {
        var strides = new long[shape.Length];
        for (long i = shape.Length - 1, step = 1; i >= 0; step *= shape[i--]) strides[i] = step;
        return strides;
    }

    /// <summary>Opcodes, one Latin-1 character a byte.</summary>
    public CheckpointWriter Text(string opcodes) => Raw(Encoding.Latin1.GetBytes(opcodes));

    public CheckpointWriter Raw(byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public CheckpointWriter String(string text) => Text("X").Int32(Encoding.UTF8.GetByteCount(text)).Raw(Encoding.UTF8.GetBytes(text));

    public CheckpointWriter Number(long value) => Text("J").Int32((int)value);

    /// <param name="name">Its entry.</param>
    /// <param name="key">Of its storage.</param>
    /// <param name="shape">Its own.</param>
    /// <param name="strides">As many.</param>
    /// <param name="offset">Into the storage.</param>
    /// <param name="storage">How many values that holds.</param>
    /// <param name="type">Float, Half or Long.</param>
    /// <param name="metadata">The part of a storage's id that only the legacy container has.</param>
    public CheckpointWriter Tensor(string name, string key, int[] shape, long[] strides, long offset, long storage, string type = "Float", string metadata = "N") =>
        String(name).Tensor(key, shape, strides, offset, storage, type, metadata);

    /// <summary>As above, without a name, as in a list.</summary>
    public CheckpointWriter Tensor(string key, int[] shape, long[] strides, long offset, long storage, string type = "Float", string metadata = "N")
    {
        Text("ctorch._utils\n_rebuild_tensor_v2\n((").String("storage").Text($"ctorch\n{type}Storage\n").String(key).String("cpu").Number(storage).Text($"{metadata}tQ");
        Number(offset).Text("(");
        foreach (var size in shape) Number(size);
        Text("t(");
        foreach (var stride in strides) Number(stride);
        return Text("t\x89" + "ccollections\nOrderedDict\n)RtR");
    }

    public CheckpointWriter Keys(int count)
    {
        Text("\x80\x02](");
        for (var i = 0; i < count; i++) String($"{i}");
        return Text("e.");
    }

    public CheckpointWriter Storage(float[] values)
    {
        var count = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(count, values.Length);
        return Raw(count).Raw(Bytes(values));
    }

    public CheckpointWriter Storage(long value) => Raw([1, 0, 0, 0, 0, 0, 0, 0]).Raw(BitConverter.GetBytes(value));

    public static byte[] Bytes(float[] values)
    {
        var bytes = new byte[values.Length * 4];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), values[i]);
        return bytes;
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    private CheckpointWriter Int32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }
}
