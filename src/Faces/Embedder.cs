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
    private readonly ToPlanes _planes;

    private Embedder(FaceModel model, InferenceSession session, ToPlanes planes)
    {
        (Model, _session, _planes) = (model, session, planes);
        (_inputs, _outputs) = ([.. session.InputNames], [.. session.OutputNames]);
        _shape = [1, Picture.Channels, model.Alignment.Size, model.Alignment.Size];
    }

    /// <summary>Interleaved bytes to three planes.</summary>
    internal delegate void ToPlanes(Picture crop, Vector3 mean, Vector3 deviation, Span<float> planes);

    public FaceModel Model { get; }

    /// <summary>Comes back only with a model that knows the canary.</summary>
    /// <param name="model">Which; its weights are read once and checked.</param>
    /// <param name="assets">Where published weights lie.</param>
    /// <param name="threads">Within one call of <see cref="Embed"/>. 1 is right where several crops are embedded at once.</param>
    /// <exception cref="AssetException">The weights are missing or are not the published ones.</exception>
    /// <exception cref="CanaryException">The weights are as they should be, and what comes out of a known picture is not.</exception>
    public static Embedder Load(FaceModel model, AssetStore assets, int threads = 1)
    {
        var embedder = LoadUnchecked(model, assets, threads);
        try
        {
            EmbedderCheck.Run(embedder, () => LoadUnchecked(model, assets, optimised: false));
            return embedder;
        }
        catch
        {
            embedder.Dispose();
            throw;
        }
    }

    /// <summary>Without the canary: for tests of what it catches, and for finding out what is then on record.</summary>
    internal static Embedder LoadUnchecked(FaceModel model, AssetStore assets, int threads = 1, bool optimised = true, ToPlanes? planes = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var weights = model.Weights.Read(assets);
        Quiet();
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            GraphOptimizationLevel = optimised ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        // Idle threads must not spin: cores are shared with the detector.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            return new Embedder(model, new InferenceSession(weights, options), planes ?? Planes);
        }
        catch (OnnxRuntimeException wrong)
        {
            throw new CanaryException($"ONNX Runtime cannot load {model.Weights.Name}, though its SHA-256 is the one on record: {wrong.Message}. {Canary.OfThisBuild}", wrong);
        }
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
            _planes(crop, Model.Mean, Model.Std, input.AsSpan(0, length));
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

    /// <summary>What the network gets to see of a crop.</summary>
    internal float[] Input(Picture crop) => Input(crop, Model.Mean, Model.Std);

    internal float[] Input(Picture crop, Vector3 mean, Vector3 deviation)
    {
        var planes = new float[Picture.Channels * crop.Width * crop.Height];
        _planes(crop, mean, deviation, planes);
        return planes;
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
