using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace Sightline.Faces;

/// <summary>Shows the canary to an embedder: the crop, the values that the network sees, and what it makes of them.</summary>
internal static class EmbedderCheck
{
    /// <summary>
    /// The least cosine to the known output. Measured: 0.999999 and more on every vector path, and without ONNX Runtime's optimisations; 0.9998 with a grey level of noise on the
    /// whole crop; 0.955 (MobileFaceNet) and 0.986 (ours) with red and blue exchanged.
    /// </summary>
    public const float Alike = 0.999f;

    /// <param name="embedder">About to serve.</param>
    /// <param name="plain">The same weights run without ONNX Runtime's optimisations; asked for only where something is wrong.</param>
    /// <exception cref="CanaryException">What is wrong, and what it looks like.</exception>
    public static void Run(Embedder embedder, Func<Embedder>? plain = null)
    {
        var crop = Canary.Crop(embedder.Model.Alignment);
        CheckInput(embedder, crop);
        var got = Embed(embedder, crop);
        if (embedder.Model.KnownOutput is { } known) CheckOutput(embedder, crop, got, Read(known), plain);
        else CheckSense(embedder, crop, got);
    }

    /// <summary>As embeddings travel: base64 of little-endian float16.</summary>
    public static string Write(ReadOnlySpan<float> embedding)
    {
        var bytes = new byte[embedding.Length * 2];
        for (var i = 0; i < embedding.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(i * 2), (Half)embedding[i]);
        return Convert.ToBase64String(bytes);
    }

    private static float[] Read(string known)
    {
        var bytes = Convert.FromBase64String(known);
        var values = new float[bytes.Length / 2];
        for (var i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes.AsSpan(i * 2));
        var norm = TensorPrimitives.Norm<float>(values); // float16 moves it by up to 6e-5
        TensorPrimitives.Divide(values, norm, values);
        return values;
    }

    private static void CheckInput(Embedder embedder, Picture crop)
    {
        var (model, got) = (embedder.Model, InputLevels.Of(embedder.Input(crop)));
        if (got.IsNear(model.KnownInput)) return;
        static Vector3 Turned(Vector3 rgb) => new(rgb.Z, rgb.Y, rgb.X);
        bool IsRight(Vector3 mean, Vector3 deviation) => InputLevels.Of(embedder.Input(crop, mean, deviation)).IsNear(model.KnownInput);
        var says = InputLevels.Of(embedder.Input(Canary.Exchanged(crop))).IsNear(model.KnownInput)
            ? "It looks like channel order: with red and blue of the crop exchanged it is right, so the planes go in as blue, green, red."
            : IsRight(Turned(model.Mean), model.Std) || IsRight(Turned(model.Mean), Turned(model.Std))
            ? "It looks like channel order: with the description's mean and deviation turned round it is right, so they stand there as blue, green, red."
            : "It looks like a wrong mean or deviation in the description of the model, or a crop that is stretched before the network sees it.";
        throw Wrong(model, $"the network's input has {got}, wanted {model.KnownInput}. {says} {Canary.OfThisBuild}");
    }

    private static void CheckOutput(Embedder embedder, Picture crop, float[] got, float[] wanted, Func<Embedder>? plain)
    {
        var cosine = Cosine(got, wanted);
        if (cosine >= Alike) return;
        var model = embedder.Model;
        throw Wrong(model, $"the cosine of its embedding to the known one is {cosine:0.0000}, wanted {Alike} or more. " + (
            got.Length != wanted.Length ? $"It has {got.Length} values and the known one {wanted.Length}: it looks like the weights of another model. {OfWeights}"
            : Cosine(Embed(embedder, Canary.Exchanged(crop)), wanted) >= Alike ? $"It looks like channel order: with red and blue exchanged it is the known one, so these weights want blue first. {OfWeights}"
            : IsRight(plain, crop, wanted) ? "It looks like a broken kernel: what goes in is right, and so is what comes out without ONNX Runtime's optimisations, so these fail on this processor. Run it on another machine, or with another version of ONNX Runtime; and please report this line."
            : $"What goes in is right, so it looks like the weights of another model, or like a broken kernel of ONNX Runtime. {OfWeights}"));
    }

    /// <summary>
    /// What can be told where no known output is on record, because the weights could not be had when this was written: the output has a direction (else <see cref="Embed"/> complains),
    /// is of length 1, comes again for the same crop, and changes when red and blue are exchanged. Another model's weights of the same shape would pass: it is their SHA-256 that keeps those out.
    /// </summary>
    private static void CheckSense(Embedder embedder, Picture crop, float[] got)
    {
        const float Again = 0.9999f; // several threads may add in another order each time; that is 1e-6
        var model = embedder.Model;
        var (length, again, exchanged) = (TensorPrimitives.Norm(got), Cosine(got, Embed(embedder, crop)), Cosine(got, Embed(embedder, Canary.Exchanged(crop))));
        if (!(MathF.Abs(length - 1) <= 1e-3f)) throw Wrong(model, $"its embedding has length {length}, wanted 1. It looks like a broken kernel. {OfWeights}");
        if (!(again >= Again)) throw Wrong(model, $"the same crop has another embedding the second time (cosine {again:0.0000}, wanted {Again} or more). It looks like a broken kernel. {OfWeights}");
        if (!(exchanged < Again)) throw Wrong(model, $"its embedding stays the same when red and blue are exchanged (cosine {exchanged:0.0000}, wanted less than {Again}). It looks like weights that see nothing, or a broken kernel. {OfWeights}");
    }

    private static float[] Embed(Embedder embedder, Picture crop)
    {
        try
        {
            return embedder.Embed(crop);
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or OnnxRuntimeException)
        {
            throw Wrong(embedder.Model, $"{wrong.Message.TrimEnd('.')}. It looks like the weights of another model, or like a broken kernel of ONNX Runtime. {OfWeights}");
        }
    }

    private static bool IsRight(Func<Embedder>? plain, Picture crop, float[] wanted)
    {
        using var embedder = plain?.Invoke();
        return embedder is not null && Cosine(Embed(embedder, crop), wanted) >= Alike;
    }

    private static float Cosine(float[] a, float[] b) => a.Length == b.Length ? TensorPrimitives.Dot<float>(a, b) : float.NaN;

    private const string OfWeights = "`sightline assets verify` and `sightline models verify` check the files: delete what they complain of and run `sightline assets pull`. If both are content, it is the processor or the library: try another machine, and please report this line.";

    private static CanaryException Wrong(FaceModel model, string says) => new($"{model.Id} does not know the canary and is not used: {says}");
}
