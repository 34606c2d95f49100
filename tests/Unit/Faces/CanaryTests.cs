using System.Numerics;
using Sightline.Bench;
using Sightline.Faces;
using Sightline.Faces.Checkpoints;
using Sightline.Faces.Detection;
using Sightline.Tests;

namespace Sightline.Unit.Faces;

/// <summary>Every way in which a model may be wrong, made for real, and what the canary says of it.</summary>
public sealed class CanaryTests
{
    private static readonly AssetStore Nowhere = new([]);

    [Fact]
    public void Its_picture_is_of_nobody_and_can_be_rendered_again()
    {
        var (jpeg, face) = CanaryPicture.Render();
        var (again, kept) = (Pictures.Decoded(jpeg), Canary.Frame);

        // The renderer promises a grey level on every machine, and JPEG doubles it here and there.
        var apart = 0L;
        for (var i = 0; i < kept.Pixels.Length; i++) apart += Math.Abs(kept.Pixels[i] - again.Pixels[i]);
        Assert.InRange((double)apart / kept.Pixels.Length, 0, 0.5);
        foreach (var (wanted, got) in face.Landmarks.ToArray().Zip(Canary.Face.Landmarks.ToArray())) Assert.InRange(Vector2.Distance(wanted, got), 0, 0.1f);
        Assert.InRange(Canary.Jpeg().Length, 1, 8_000);
    }

    [Fact]
    public void Models_that_are_what_they_should_be_are_loaded()
    {
        using var embedder = Embedder.Load(FaceModel.Builtin, Nowhere);
        Assert.NotNull(Sightline.Faces.Mtcnn.Load(DetectorModel.Builtin, Nowhere));
    }

    [Fact]
    public void Only_tests_and_bench_load_a_model_without_it()
    {
        foreach (var file in House.Repository.Sources().Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file is not ("src/Faces/Embedder.cs" or "src/Faces/Mtcnn/Mtcnn.cs")))
            Assert.DoesNotContain("LoadUnchecked", House.Repository.Read(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_decoder_that_gives_blue_for_red_is_told_from_one_that_gives_another_picture()
    {
        AssertTold(() => Canary.Checked(Canary.Exchanged(Canary.Frame)), "frame is not decoded", "looks like channel order");

        var darker = Canary.Frame.Pixels.ToArray();
        for (var i = 0; i < darker.Length; i++) darker[i] = (byte)(darker[i] * 9 / 10);
        AssertTold(() => Canary.Checked(new Picture(Canary.Frame.Width, Canary.Frame.Height, darker)), "frame is not decoded", "broken image decoder");
    }

    [Theory]
    [InlineData(0, -8, 1)] // the template of the 96 pixels wide crops that some models take
    [InlineData(1, 0, 1)]
    [InlineData(0, 1, 1)]
    [InlineData(0, 0, 1.02)]
    public void A_wrong_template_is_told_from_channel_order(float right, float down, float scale)
    {
        Vector2[] template = [new(38.2946f, 51.6963f), new(73.5318f, 51.5014f), new(56.0252f, 71.7366f), new(41.5493f, 92.3655f), new(70.7299f, 92.2041f)];
        var wrong = new FivePointWarp("112-five-points", 112, [.. template.Select(p => (p * scale) + new Vector2(right, down))], Alignment.FivePoints112.CanaryCells);

        AssertTold(() => Embedder.Load(FaceModel.Builtin with { Alignment = wrong }, Nowhere), "crop by 112-five-points is not the known one", "looks like a wrong template");
        var detector = Sightline.Faces.Mtcnn.LoadUnchecked(DetectorModel.Builtin, Nowhere); // in a core there is no embedder
        AssertTold(() => DetectorCheck.Run(DetectorModel.Builtin, detector, Lanes.Widest, _ => detector, Alignment.Box160, wrong), "looks like a wrong template");
    }

    [Fact]
    public void A_description_with_the_mean_of_blue_for_red_is_told_as_channel_order() =>
        AssertTold(() => Embedder.Load(Described(new(0.406f, 0.456f, 0.485f)), Nowhere), "the network's input has means", "looks like channel order", "mean and deviation turned round it is right");

    [Fact]
    public void A_description_with_another_mean_is_told_as_that() =>
        AssertTold(() => Embedder.Load(Described(new(0.5f)), Nowhere), "the network's input has means", "wrong mean or deviation");

    [Fact]
    public void Planes_in_the_order_blue_green_red_are_told_as_channel_order()
    {
        using var embedder = Embedder.LoadUnchecked(FaceModel.Builtin, Nowhere, planes: (crop, mean, deviation, planes) => Embedder.Planes(Canary.Exchanged(crop), mean, deviation, planes));

        AssertTold(() => EmbedderCheck.Run(embedder), "the network's input has means", "looks like channel order", "blue, green, red");
    }

    [Fact]
    public void A_crop_stretched_to_its_own_minimum_and_maximum_is_noticed()
    {
        using var embedder = Embedder.LoadUnchecked(FaceModel.Builtin, Nowhere, planes: (crop, mean, deviation, planes) =>
        {
            Embedder.Planes(crop, mean, deviation, planes);
            var (least, most) = (planes.ToArray().Min(), planes.ToArray().Max());
            foreach (ref var value in planes) value = (value - least) / (most - least);
        });

        AssertTold(() => EmbedderCheck.Run(embedder), "the network's input has means", "stretched before the network sees it");
    }

    [Fact]
    public void Weights_that_want_blue_first_are_told_as_channel_order()
    {
        // What the built-in weights make of the exchanged crop is on record here: so they are right only where red and blue are exchanged.
        using var honest = Embedder.LoadUnchecked(FaceModel.Builtin, Nowhere);
        var known = EmbedderCheck.Write(honest.Embed(Canary.Exchanged(Canary.Crop(Alignment.FivePoints112))));

        AssertTold(() => Embedder.Load(FaceModel.Builtin with { KnownOutput = known }, Nowhere), "the cosine of its embedding", "looks like channel order", "want blue first");
    }

    [Fact]
    public void A_graph_with_other_values_in_it_is_told_as_other_weights_or_a_broken_kernel_and_what_to_do()
    {
        AssertTold(() => Embedder.Load(FaceModel.Builtin with { Weights = DamagedGraph() }, Nowhere),
            "the cosine of its embedding", "weights of another model, or like a broken kernel", "`sightline models verify`", "`sightline assets verify`");
    }

    [Fact]
    public void A_graph_that_is_right_only_without_optimisations_is_told_as_a_broken_kernel()
    {
        using var wrong = Embedder.LoadUnchecked(FaceModel.Builtin with { Weights = DamagedGraph() }, Nowhere);

        AssertTold(() => EmbedderCheck.Run(wrong, () => Embedder.LoadUnchecked(FaceModel.Builtin, Nowhere, optimised: false)), "looks like a broken kernel", "without ONNX Runtime's optimisations");
    }

    [Fact]
    public void Half_a_graph_is_not_loaded()
    {
        var graph = FaceModel.Builtin.Weights.Read(Nowhere);

        AssertTold(() => Embedder.Load(FaceModel.Builtin with { Weights = Weights.Of("embedder.onnx", graph[..(graph.Length / 2)]) }, Nowhere), "ONNX Runtime cannot load embedder.onnx");
    }

    [Fact]
    public void Weights_with_another_number_of_values_are_told()
    {
        AssertTold(() => Embedder.Load(FaceModel.Builtin with { Dimensions = 512 }, Nowhere), "gave 128 values", "wanted 512", "weights of another model");
        AssertTold(() => Embedder.Load(FaceModel.Builtin with { KnownOutput = EmbedderCheck.Write([.. Enumerable.Repeat(1f, 512)]) }, Nowhere), "has 128 values and the known one 512");
    }

    [Fact]
    public void Weights_that_take_crops_of_another_size_are_told() =>
        AssertTold(() => Embedder.Load(FaceModel.FaceNet with { Weights = FaceModel.Builtin.Weights }, Nowhere), "does not know the canary", "112", "weights of another model");

    [Fact]
    public void Where_no_output_is_on_record_what_makes_no_sense_is_refused_all_the_same()
    {
        var unknown = FaceModel.Builtin with { KnownOutput = null };
        using (Embedder.Load(unknown, Nowhere)) { }

        var noise = new Random(1);
        Vector3 blind = default;
        using var restless = Embedder.LoadUnchecked(unknown, Nowhere, planes: (crop, mean, deviation, planes) =>
        {
            Embedder.Planes(crop, mean, deviation, planes);
            foreach (ref var value in planes[^2000..]) value = noise.NextSingle() < .5f ? -.2f : -.3f; // too little for the levels to show
        });
        AssertTold(() => EmbedderCheck.Run(restless), "another embedding the second time");

        using var colourBlind = Embedder.LoadUnchecked(unknown with { KnownInput = new(new(-.08f), new(.38f)) }, Nowhere, planes: (crop, mean, deviation, planes) =>
        {
            Embedder.Planes(crop, mean, deviation, planes);
            var area = planes.Length / 3;
            for (var i = 0; i < area; i++) planes[i] = planes[i + area + area] = planes[i + area];
            blind = InputLevels.Of(planes).Mean;
        });
        AssertTold(() => EmbedderCheck.Run(colourBlind), "stays the same when red and blue are exchanged");
        Assert.Equal(blind.X, blind.Z);
    }

    [Fact]
    public void An_alignment_and_a_model_without_their_records_cannot_be()
    {
        foreach (var model in FaceModel.All) Canary.Crop(model.Alignment);
        Assert.All(FaceModel.All, model => Assert.NotEqual(default, model.KnownInput));
        Assert.Equal([FaceModel.FaceNet], FaceModel.All.Where(model => model.KnownOutput is null)); // its weights could not be had
    }

    [Fact]
    public void A_kernel_with_an_error_is_told_with_the_setting_that_does_without_it()
    {
        var (good, broken) = (Detector(weights => weights), Detector(Damaged));

        void Check(LaneWidth width, LaneWidth widestRight) =>
            DetectorCheck.Run(DetectorModel.Builtin, broken, width, narrower => narrower <= widestRight ? good : broken);
        AssertTold(() => Check(LaneWidth.Bits512, LaneWidth.Bits256), "looks like a broken kernel", "right with vectors of 256 bits and wrong with vectors of 512 bits", "Set DOTNET_EnableAVX512=0");
        AssertTold(() => Check(LaneWidth.Bits512, LaneWidth.Bits128), "looks like a broken kernel", "Set DOTNET_EnableAVX2=0");
        AssertTold(() => Check(LaneWidth.Bits128, LaneWidth.Scalar), "right with no vectors at all", "Set DOTNET_EnableHWIntrinsic=0");
    }

    [Fact]
    public void A_detector_of_other_weights_is_told_as_that()
    {
        AssertTold(() => DetectorCheck.Run(DetectorModel.Builtin, Detector(Damaged), LaneWidth.Bits256, _ => Detector(Damaged)), "weights of another network", "`sightline assets verify`");
        AssertTold(() => Sightline.Faces.Mtcnn.Load(DetectorModel.Builtin with { KnownFace = DetectorModel.Mtcnn.KnownFace }, Nowhere), "its box is", "weights of another network");
    }

    [Fact]
    public void A_detector_whose_weights_want_blue_first_is_told_as_channel_order()
    {
        var turned = Detector(Turned);
        AssertTold(() => DetectorCheck.Run(DetectorModel.Builtin, turned, LaneWidth.Bits256, _ => turned), "looks like channel order", "want blue first");
    }

    [Fact]
    public void A_detector_that_finds_nobody_says_so() =>
        AssertTold(() => DetectorCheck.Run(DetectorModel.Builtin, Mtcnn.FormulaWeights.Load(Lanes.Widest), LaneWidth.Scalar, _ => throw new InvalidOperationException("there is no narrower one")), "does not find the canary's face");

    private static void AssertTold(Action act, params string[] parts)
    {
        var told = Assert.Throws<CanaryException>(act).Message;
        Assert.All(parts, part => Assert.Contains(part, told, StringComparison.Ordinal));
    }

    /// <summary>The built-in model, told that it wants another mean; its record is as if that were right for MobileFaceNet.</summary>
    private static FaceModel Described(Vector3 mean) =>
        FaceModel.Builtin with { Mean = mean, Std = FaceModel.MobileFaceNet.Std, KnownInput = FaceModel.MobileFaceNet.KnownInput };

    /// <summary>The signs of some 25,000 weights turned round, in the middle of a convolution's float16 values.</summary>
    private static Weights DamagedGraph()
    {
        var graph = FaceModel.Builtin.Weights.Read(Nowhere).ToArray();
        foreach (ref var half in graph.AsSpan(graph.Length / 2, 50_000)) half ^= 0x80;
        return Weights.Of("embedder.onnx", graph);
    }

    private delegate float[] Change(float[] values);

    /// <summary>The built-in detector with something done to the first convolution of each network.</summary>
    private static Sightline.Faces.Mtcnn Detector(Change change)
    {
        StateDictionary Read(Weights weights)
        {
            var read = StateDictionary.Read(weights.Name, weights.Read(Nowhere));
            return StateDictionary.Read(weights.Name, CheckpointWriter.Write([.. read.Tensors.Select(tensor =>
                (tensor.Key, tensor.Value.Shape.ToArray(), tensor.Key == "conv1.weight" ? change(tensor.Value.Floats()) : tensor.Value.Floats()))]));
        }
        var model = DetectorModel.Builtin;
        return Sightline.Faces.Mtcnn.From(Read(model.PNet), Read(model.RNet), Read(model.ONet), Lanes.Widest);
    }

    /// <summary>As if a tap of the kernel were left out.</summary>
    private static float[] Damaged(float[] weights)
    {
        for (var i = 4; i < weights.Length; i += 9) weights[i] = 0;
        return weights;
    }

    /// <summary>Red and blue change places in what each 3x3 kernel looks at.</summary>
    private static float[] Turned(float[] weights)
    {
        const int kernel = 9;
        for (var output = 0; output < weights.Length; output += 3 * kernel)
            for (var i = 0; i < kernel; i++)
                (weights[output + i], weights[output + (2 * kernel) + i]) = (weights[output + (2 * kernel) + i], weights[output + i]);
        return weights;
    }
}
