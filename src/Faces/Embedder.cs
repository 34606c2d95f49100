using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace Sightline.Faces;

/// <summary>Makes embeddings of crops with one model. Thread-safe: one instance serves every thread.</summary>
public sealed class Embedder : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly string[] _inputs;
    private readonly string[] _outputs;
    private readonly long[] _shape;

    private Embedder(FaceModel model, InferenceSession session)
    {
        (Model, _session) = (model, session);
        (_inputs, _outputs) = ([.. session.InputNames], [.. session.OutputNames]);
        _shape = [1, Picture.Channels, model.Alignment.Size, model.Alignment.Size];
    }

    public FaceModel Model { get; }

    /// <param name="model">Which; its weights are read once and checked.</param>
    /// <param name="assets">Where published weights lie.</param>
    /// <param name="threads">Within one call of <see cref="Embed"/>. 1 is right where several crops are embedded at once.</param>
    /// <exception cref="AssetException">The weights are missing or are not the published ones.</exception>
    public static Embedder Load(FaceModel model, AssetStore assets, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var weights = model.Weights.Read(assets);
        Quiet();
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Idle threads must not spin: cores are shared with the detector.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        return new Embedder(model, new InferenceSession(weights, options));
    }

    /// <summary>The embedding, of length 1.</summary>
    /// <param name="crop">Cut by <see cref="FaceModel.Alignment"/>.</param>
    public float[] Embed(Picture crop)
    {
        var size = Model.Alignment.Size;
        if (crop.Width != size || crop.Height != size)
            throw new ArgumentException($"got a crop of {crop.Width}x{crop.Height}, wanted {size}x{size} as {Model.Alignment.Id} cuts it", nameof(crop));

        var length = Picture.Channels * size * size;
        var input = ArrayPool<float>.Shared.Rent(length);
        try
        {
            Planes(crop, Model.Mean, Model.Std, input.AsSpan(0, length));
            using var tensor = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, input.AsMemory(0, length), _shape);
            using var results = _session.Run(_run, _inputs, [tensor], _outputs);
            return Normalised(results[0].GetTensorDataAsSpan<float>());
        }
        finally
        {
            ArrayPool<float>.Shared.Return(input);
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    /// <summary>Interleaved bytes to three planes, red first: (v / 255 - mean) / deviation.</summary>
    internal static void Planes(Picture crop, Vector3 mean, Vector3 deviation, Span<float> planes)
    {
        var pixels = crop.Pixels;
        var area = crop.Width * crop.Height;
        for (var c = 0; c < Picture.Channels; c++)
        {
            var plane = planes.Slice(c * area, area);
            var (scale, shift) = (1 / (255 * deviation[c]), -mean[c] / deviation[c]);
            for (int i = 0, at = c; i < plane.Length; i++, at += Picture.Channels) plane[i] = pixels[at] * scale + shift;
        }
    }

    private float[] Normalised(ReadOnlySpan<float> output)
    {
        var norm = TensorPrimitives.Norm(output);
        if (output.Length != Model.Dimensions || !(norm > 0) || float.IsInfinity(norm))
            throw new InvalidOperationException($"{Model.Name} gave {output.Length} values of length {norm}, wanted {Model.Dimensions} with a direction");
        var embedding = new float[output.Length];
        TensorPrimitives.Divide(output, norm, embedding);
        return embedding;
    }

    /// <summary>The runtime's one environment: no events sent anywhere, and only errors on standard error.</summary>
    private static void Quiet()
    {
        var environment = OrtEnv.Instance();
        environment.DisableTelemetryEvents();
        environment.EnvLogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
    }
}
