using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Sightline.Faces;
using Sightline.Train.Kit;
using Sightline.Train.Networks;

namespace Sightline.Train.Export;

/// <summary>The exported model in ONNX Runtime, as Faces will run it.</summary>
internal sealed class ExportedEmbedder(byte[] model) : IDisposable
{
    // Float16 weights and folded norms against the network in memory: a cosine below this is a wrong export, not rounding.
    private const float LeastAgreement = 0.9995f;

    private readonly InferenceSession _session = new(model);

    public void Dispose() => _session.Dispose();

    public float[] Embed(Picture crop)
    {
        var planes = new float[Picture.Channels * EmbeddingNet.Side * EmbeddingNet.Side];
        Embedder.Planes(crop, new Vector3(0.5f), new Vector3(0.5f), planes);
        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, planes.AsMemory(), [1, Picture.Channels, EmbeddingNet.Side, EmbeddingNet.Side]);
        using var run = new RunOptions();
        using var results = _session.Run(run, ["crop"], [input], ["values"]);
        return Unit(results[0].GetTensorDataAsSpan<float>());
    }

    /// <summary>The lowest cosine between this and the network that it was exported from, over a few crops of noise and shapes.</summary>
    /// <exception cref="InvalidOperationException">They do not agree.</exception>
    public double Verify(ParameterSet parameters)
    {
        var net = EmbeddingNet.Build(parameters);
        var (chance, lowest) = (new Chance(1), 1f);
        for (var i = 0; i < 8; i++)
        {
            var pixels = new byte[Picture.Channels * EmbeddingNet.Side * EmbeddingNet.Side];
            var (coarse, offset) = (1 + chance.Below(24), chance.Below(100));
            for (var at = 0; at < pixels.Length; at++) pixels[at] = (byte)(((at / 3 % EmbeddingNet.Side / coarse * 53) + (at / 3 / EmbeddingNet.Side / coarse * 31) + offset + chance.Below(40)) % 256);
            var input = new Kit.Tensor().Shape(1, EmbeddingNet.Side, EmbeddingNet.Side, Picture.Channels);
            for (var at = 0; at < pixels.Length; at++) input.Data[at] = (pixels[at] / 127.5f) - 1;
            var own = Unit(net.Forward(input, training: false).Values);
            lowest = Math.Min(lowest, TensorPrimitives.Dot<float>(own, Embed(new(EmbeddingNet.Side, EmbeddingNet.Side, pixels))));
        }
        return lowest >= LeastAgreement ? lowest : throw new InvalidOperationException($"the exported embedder agrees with the trained one only to a cosine of {lowest}, wanted {LeastAgreement}");
    }

    private static float[] Unit(ReadOnlySpan<float> values)
    {
        var unit = new float[values.Length];
        TensorPrimitives.Divide(values, TensorPrimitives.Norm(values), unit);
        return unit;
    }
}
