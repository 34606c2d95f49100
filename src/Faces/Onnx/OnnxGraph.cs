using System.Buffers.Binary;

namespace Sightline.Faces.Onnx;

/// <summary>An ONNX model, node by node (github.com/onnx/onnx, onnx.proto: the field numbers below).</summary>
internal sealed class OnnxGraph
{
    private const int Float32 = 1, Float16 = 10, AttributeInt = 2, AttributeInts = 7;

    // IR 7 and operator set 13 belong together (ONNX 1.8, 2020): old enough for every runtime in use, and all that is used here is in it.
    private const int IrVersion = 7, OperatorSet = 13;

    /// <summary>In place of a dimension's length: any.</summary>
    public const int Free = -1;

    private readonly Protobuf _graph = new();

    /// <summary>A tensor, row-major, stored as it is; returns its name.</summary>
    public string Weight(string name, int[] shape, ReadOnlySpan<float> values)
    {
        var raw = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(i * sizeof(float)), values[i]);
        return Store(name, shape, Float32, raw);
    }

    /// <summary>As <see cref="Weight"/> in half the bytes: stored as float16 and cast in the graph, which ONNX Runtime does once, when it loads.</summary>
    public string HalfWeight(string name, int[] shape, ReadOnlySpan<float> values)
    {
        var raw = new byte[values.Length * 2];
        for (var i = 0; i < values.Length; i++)
        {
            if (MathF.Abs(values[i]) > (float)Half.MaxValue) throw new InvalidOperationException($"{name}: {values[i]} does not fit float16");
            BinaryPrimitives.WriteHalfLittleEndian(raw.AsSpan(i * 2), (Half)values[i]);
        }
        return Node("Cast", name, [Store($"{name}.half", shape, Float16, raw)], ("to", [Float32]));
    }

    /// <summary>Adds a node; returns the name of its one output.</summary>
    public string Node(string type, string output, string[] inputs, params (string Name, long[] Values)[] attributes)
    {
        var node = new Protobuf();
        foreach (var input in inputs) node.Text(1, input);
        node.Text(2, output).Text(3, $"{output}.{type}").Text(4, type);
        foreach (var (name, values) in attributes)
        {
            var attribute = new Protobuf().Text(1, name);
            // Of the attributes used here only these are lists.
            var list = name is "kernel_shape" or "pads" or "strides" or "perm";
            if (list) foreach (var value in values) attribute.Integer(8, value);
            else attribute.Integer(3, values.Single());
            node.Message(5, attribute.Integer(20, list ? AttributeInts : AttributeInt));
        }
        _graph.Message(1, node);
        return output;
    }

    /// <param name="producer">Who made it.</param>
    /// <param name="name">Of the graph.</param>
    /// <param name="description">For people who open it.</param>
    /// <param name="input">Its name, and its shape without the first dimension, which stays free: any number at once. <see cref="Free"/> leaves another one free.</param>
    /// <param name="output">Likewise.</param>
    public Protobuf Model(string producer, string name, string description, (string Name, int[] Shape) input, (string Name, int[] Shape) output)
    {
        _graph.Text(2, name).Text(10, description).Message(11, Value(input)).Message(12, Value(output));
        return new Protobuf().Integer(1, IrVersion).Text(2, producer).Message(7, _graph)
            .Message(8, new Protobuf().Text(1, "").Integer(2, OperatorSet));
    }

    private string Store(string name, int[] shape, int type, byte[] raw)
    {
        var tensor = new Protobuf();
        foreach (var length in shape) tensor.Integer(1, length);
        _graph.Message(5, tensor.Integer(2, type).Text(8, name).Bytes(9, raw));
        return name;
    }

    private static Protobuf Value((string Name, int[] Shape) value)
    {
        var shape = new Protobuf().Message(1, new Protobuf().Text(2, "batch"));
        foreach (var length in value.Shape) shape.Message(1, length == Free ? new Protobuf().Text(2, "any") : new Protobuf().Integer(1, length));
        return new Protobuf().Text(1, value.Name).Message(2, new Protobuf().Message(1, new Protobuf().Integer(1, Float32).Message(2, shape)));
    }
}
