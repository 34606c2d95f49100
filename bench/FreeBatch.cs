namespace Sightline.Bench;

/// <summary>
/// Makes the batch dimension of a published ONNX graph free that was exported for one crop at a time. ONNX Runtime's own option (AddFreeDimensionOverride) goes the other way.
/// MobileFaceNet ends in a Reshape to one row, so its vectors then come one after the other in one long one.
/// </summary>
internal static class FreeBatch
{
    // github.com/onnx/onnx, onnx.proto: ModelProto.graph, GraphProto.input and output, ValueInfoProto.type, TypeProto.tensor_type, Tensor.shape, TensorShapeProto.dim.
    private const int Graph = 7, Input = 11, Output = 12, Type = 2, TensorType = 1, Shape = 2, Dimension = 1;

    // A dimension of the value 1 (field 1, a varint), and one that is a name without letters (field 2, a text of length 0): as long, so nothing moves.
    private static readonly byte[] One = [0x08, 1], Nameless = [0x12, 0];

    /// <exception cref="InvalidDataException">The graph has no such dimension.</exception>
    public static byte[] Of(byte[] model)
    {
        var freed = model.ToArray();
        var count = 0;
        foreach (var graph in Fields(freed, 0..freed.Length, Graph))
            foreach (var value in Fields(freed, graph, Input).Concat(Fields(freed, graph, Output)))
                foreach (var shape in Fields(freed, value, Type).SelectMany(type => Fields(freed, type, TensorType)).SelectMany(tensor => Fields(freed, tensor, Shape)))
                {
                    var first = Fields(freed, shape, Dimension).First();
                    if (!freed.AsSpan(first).SequenceEqual(One)) continue;
                    Nameless.CopyTo(freed.AsSpan(first));
                    count++;
                }
        return count == 2 ? freed : throw new InvalidDataException($"made {count} batch dimensions free, wanted 2: one of the input and one of the output");
    }

    /// <summary>Where the messages of a field lie within another (protobuf.dev, "Encoding").</summary>
    private static List<Range> Fields(byte[] bytes, Range within, int field)
    {
        var found = new List<Range>();
        var (at, length) = within.GetOffsetAndLength(bytes.Length);
        for (var end = at + length; at < end;)
        {
            var tag = Varint(bytes, ref at);
            var size = (tag & 7) switch { 0 => 0, 1 => 8, 2 => (int)Varint(bytes, ref at), 5 => 4, var wire => throw new InvalidDataException($"wire type {wire} at {at}") };
            if ((tag & 7) == 0) Varint(bytes, ref at);
            if ((tag & 7) == 2 && tag >> 3 == (ulong)field) found.Add(at..(at + size));
            at += size;
        }
        return found;
    }

    private static ulong Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            value |= (ulong)(bytes[at] & 0x7f) << shift;
            if (bytes[at++] < 0x80) return value;
        }
    }
}
