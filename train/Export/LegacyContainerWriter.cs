using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Sightline.Train.Export;

/// <summary>A tensor as PyTorch names and shapes it, row-major.</summary>
internal sealed record NamedTensor(string Name, int[] Shape, float[] Values);

/// <summary>
/// PyTorch's container before version 1.6, which Faces reads and torch.load too: five pickles (magic, protocol, system, the state
/// dictionary, the storage keys), then each storage as its element count and its raw values (torch/serialization.py, _legacy_save).
/// Values are float16: half the bytes, and 11 bits of a weight are more than training by chance decides.
/// </summary>
internal sealed class LegacyContainerWriter
{
    // Opcodes of pickle protocol 2 (Python's Lib/pickletools.py).
    private const byte Proto = 0x80, Stop = (byte)'.', EmptyDict = (byte)'}', EmptyList = (byte)']', EmptyTuple = (byte)')', Mark = (byte)'(', SetItems = (byte)'u', Appends = (byte)'e',
        Tuple = (byte)'t', Global = (byte)'c', Reduce = (byte)'R', PersistentId = (byte)'Q', Unicode = (byte)'X', Int = (byte)'J', True = 0x88, False = 0x89, None = (byte)'N', Long1 = 0x8A;

    // 0x1950a86a20f9469cfc6c, little-endian.
    private static readonly byte[] MagicNumber = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    private readonly ArrayBufferWriter<byte> _bytes = new();

    private LegacyContainerWriter() { }

    public static byte[] Write(IReadOnlyList<NamedTensor> tensors)
    {
        var writer = new LegacyContainerWriter();
        writer.Pickle(() => { writer.Op(Long1, (byte)MagicNumber.Length); writer._bytes.Write(MagicNumber); });
        writer.Pickle(() => writer.Number(1001));
        writer.Pickle(writer.System);
        writer.Pickle(() => writer.Dictionary(tensors));
        writer.Pickle(() =>
        {
            writer.Op(EmptyList, Mark);
            for (var i = 0; i < tensors.Count; i++) writer.Text(Key(i));
            writer.Op(Appends);
        });
        foreach (var tensor in tensors) writer.Storage(tensor.Values);
        return writer._bytes.WrittenSpan.ToArray();
    }

    private static string Key(int index) => index.ToString(global::System.Globalization.CultureInfo.InvariantCulture);

    private void Pickle(Action content)
    {
        Op(Proto, 2);
        content();
        Op(Stop);
    }

    private void System()
    {
        Op(EmptyDict, Mark);
        Text("protocol_version"); Number(1001);
        Text("little_endian"); Op(True);
        Text("type_sizes"); Op(EmptyDict, Mark);
        Text("short"); Number(2);
        Text("int"); Number(4);
        Text("long"); Number(4);
        Op(SetItems, SetItems);
    }

    private void Dictionary(IReadOnlyList<NamedTensor> tensors)
    {
        Name("collections", "OrderedDict");
        Op(EmptyTuple, Reduce, Mark);
        for (var i = 0; i < tensors.Count; i++)
        {
            var tensor = tensors[i];
            Text(tensor.Name);
            Name("torch._utils", "_rebuild_tensor_v2");
            Op(Mark, Mark);
            Text("storage"); Name("torch", "HalfStorage"); Text(Key(i)); Text("cpu"); Number(tensor.Values.Length); Op(None, Tuple, PersistentId);
            Number(0);
            Numbers(tensor.Shape);
            Numbers(Strides(tensor.Shape));
            Op(False);
            Name("collections", "OrderedDict");
            Op(EmptyTuple, Reduce, Tuple, Reduce);
        }
        Op(SetItems);
    }

    private static int[] Strides(int[] shape)
    {
        var strides = new int[shape.Length];
        for (var (i, stride) = (shape.Length - 1, 1); i >= 0; stride *= shape[i--]) strides[i] = stride;
        return strides;
    }

    private void Storage(float[] values)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, values.Length);
        _bytes.Write(bytes);
        foreach (var value in values)
        {
            BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
            _bytes.Write(bytes[..2]);
        }
    }

    private void Numbers(int[] values)
    {
        Op(Mark);
        foreach (var value in values) Number(value);
        Op(Tuple);
    }

    private void Number(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        Op(Int);
        _bytes.Write(bytes);
    }

    private void Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        Op(Unicode);
        _bytes.Write(length);
        _bytes.Write(utf8);
    }

    private void Name(string module, string name)
    {
        Op(Global);
        _bytes.Write(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));
    }

    private void Op(params ReadOnlySpan<byte> opcodes) => _bytes.Write(opcodes);
}
