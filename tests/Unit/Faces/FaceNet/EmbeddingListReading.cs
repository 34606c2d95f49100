using Sightline.Faces.FaceNet;
using Sightline.Tests;

namespace Sightline.Unit.Faces.FaceNet;

public sealed class EmbeddingListReading
{
    private static readonly float[] Ann = [1, 2, 3, 4], Bob = [-.5f, 0, .25f, 0];

    public static TheoryData<bool> Containers => [false, true];

    [Theory]
    [MemberData(nameof(Containers))]
    public void Names_and_embeddings_belong_together_by_their_place_and_names_may_repeat(bool isZip)
    {
        var read = Read(CheckpointWriter.WriteList(isZip, ("Ann", Ann), ("Zoë", Bob), ("Ann", [0, 0, 0, 1])));

        Assert.Equal([(1, "Ann", null), (2, "Zoë", null), (3, "Ann", null)], read.Select(each => (each.Place, each.Name, each.Problem)));
        Assert.Equal([Ann, Bob, [0, 0, 0, 1]], read.Select(each => each.Values));
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void Tuples_single_rows_views_of_a_batch_gradients_and_parameters_are_read_too(bool isZip)
    {
        const string Parameter = "ctorch._utils\n_rebuild_parameter\n(", End = "\x88" + "ccollections\nOrderedDict\n)RtR";
        var metadata = isZip ? "" : "N";
        // Three rows of one storage, as one finds them where a batch was embedded at once.
        var file = new CheckpointWriter().Text("\x80\x02](")
            .Tensor("0", [4], [1], 0, 12, metadata: metadata)
            .Text(Parameter).Tensor("0", [1, 4], [4, 1], 4, 12, metadata: metadata).Text(End)
            .Tensor("0", [1, 4], [0, 2], 5, 12, metadata: metadata)
            .Text("e(").String("a").String("b").String("c").Text("t\x86.")
            .InContainer(isZip, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

        Assert.Equal([[0, 1, 2, 3], [4, 5, 6, 7], [5, 7, 9, 11]], Read(file).Select(each => each.Values));
    }

    [Fact]
    public void Half_precision_is_read()
    {
        var half = new byte[8];
        for (var i = 0; i < 4; i++) BitConverter.GetBytes((Half)(i + .5)).CopyTo(half, 2 * i);
        var pickle = new CheckpointWriter().Text("\x80\x02](](").Tensor("0", [1, 4], [4, 1], 0, 4, "Half", "").Text("e](").String("Ann").Text("ee.").ToArray();

        Assert.Equal([.5f, 1.5f, 2.5f, 3.5f], Assert.Single(Read(CheckpointWriter.Zip([("a/data.pkl", pickle), ("a/data/0", half)]))).Values);
    }

    [Theory]
    [InlineData(new[] { 128 }, "got shape [128], wanted [1, 4] or [4]")]
    [InlineData(new[] { 1, 128 }, "got shape [1, 128], wanted [1, 4] or [4]")]
    [InlineData(new[] { 2, 4 }, "got shape [2, 4], wanted [1, 4] or [4]")]
    [InlineData(new[] { 1_000_000_000 }, "got shape [1000000000], wanted [1, 4] or [4]")]
    [InlineData(new[] { 1, 1, 4 }, "got shape [1, 1, 4], wanted [1, 4] or [4]")]
    [InlineData(new[] { 4 }, "reaches past its storage of 256 values", 253)]
    public void A_tensor_of_another_shape_is_told_with_its_place_and_name_and_what_was_wanted(int[] shape, string problem, int offset = 0)
    {
        var file = new CheckpointWriter().Text("\x80\x02](](").Tensor("0", shape, CheckpointWriter.Contiguous(shape), offset, 256).Tensor("0", [4], [1], 1, 256)
            .Text("e](").String("Ann").String("Bob").Text("ee.").InContainer(false, [.. Enumerable.Range(1, 256).Select(i => (float)i)]);

        var read = Read(file);

        Assert.Equal((1, "Ann"), (read[0].Place, read[0].Name));
        Assert.Contains(problem, read[0].Problem, StringComparison.Ordinal);
        Assert.Empty(read[0].Values);
        Assert.Equal([2, 3, 4, 5], read[1].Values);
    }

    [Theory]
    [InlineData(float.NaN, "value 3 of 4 is not a number, wanted finite ones")]
    [InlineData(float.NegativeInfinity, "value 3 of 4 is infinite, wanted finite ones")]
    [InlineData(0f, "all 4 values are zero, wanted a direction")]
    public void A_vector_without_a_direction_is_told(float third, string problem) =>
        Assert.Equal(problem, Assert.Single(Read(CheckpointWriter.WriteList(true, ("Ann", [0, 0, third, 0])))).Problem);

    [Fact]
    public void A_name_that_is_no_text_and_an_embedding_that_is_no_tensor_are_told()
    {
        var read = Read(new CheckpointWriter().Text("\x80\x02](](").Tensor("0", [4], [1], 0, 4).String("Ann").Text("e](").Number(7).String("Bob").Text("ee.").InContainer(false, Ann));

        Assert.Equal([(1, "", "its name is a number, wanted a text"), (2, "Bob", "got a text, wanted a tensor")], read.Select(each => (each.Place, each.Name, each.Problem)));
    }

    [Theory]
    [InlineData("](]](", "X\x03\0\0\0Annee.", "got 0 embeddings and 1 names")]
    [InlineData("](]](", "ee.", "got two empty lists")]
    [InlineData("](", "X\x03\0\0\0Anne.", "got a list of 1 parts (a text); wanted two lists of the same length")]
    [InlineData("](](", "eX\x03\0\0\0Ann]e.", "got a list of 3 parts (a list of 0, a text, a list of 0)")]
    [InlineData("}", ".", "got a dictionary; wanted two lists")]
    [InlineData("N", ".", "got None; wanted two lists")]
    public void What_is_no_such_list_is_refused_as_a_whole(string begin, string end, string problem) =>
        AssertRefused(problem, new CheckpointWriter().Text("\x80\x02" + begin + end).InContainer(true));

    [Theory]
    [InlineData("cos\nsystem\n(X\x02\0\0\0lstR.", "os system")]
    [InlineData("](](cnumpy.core.multiarray\n_reconstruct\n)R", "numpy.core.multiarray _reconstruct")]
    [InlineData("ctorch._utils\n_rebuild_parameter\n)R.", "torch._utils _rebuild_parameter with unknown arguments")]
    [InlineData("ctorch._utils\n_rebuild_parameter_with_state\n)R.", "_rebuild_parameter_with_state")]
    [InlineData("X\x02\0\0\0\xff\xfe.", "a text that is not UTF-8")]
    public void What_could_run_code_or_is_unknown_is_refused_by_name(string pickle, string name)
    {
        foreach (var isZip in new[] { false, true }) AssertRefused(name, new CheckpointWriter().Text("\x80\x02" + pickle).InContainer(isZip));
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void A_file_cut_off_anywhere_is_refused_and_one_with_a_changed_byte_is_never_a_crash(bool isZip)
    {
        var whole = CheckpointWriter.WriteList(isZip, ("Ann", Ann), ("Bob", Bob));
        for (var length = 0; length < whole.Length; length++) AssertRefused("test.pt: ", whole[..length]);

        var told = 0;
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var mask in new byte[] { 0x01, 0x10, 0x80, 0xff })
            {
                var changed = whole.ToArray();
                changed[at] ^= mask;
                try
                {
                    if (Read(changed).Any(each => each.Problem is not null)) told++;
                }
                catch (InvalidDataException)
                {
                    told++;
                }
            }
        }
        Assert.InRange(told, whole.Length, 4 * whole.Length);
    }

    [Fact]
    public void A_small_file_that_names_one_storage_ten_thousand_times_takes_no_more_memory_than_its_vectors()
    {
        var pickle = new CheckpointWriter().Text("\x80\x02](](");
        for (var i = 0; i < 10_000; i++) pickle.Tensor("0", [4], [1], 0, 4, metadata: "");
        pickle.Text("e](");
        for (var i = 0; i < 10_000; i++) pickle.String("Ann");
        var file = pickle.Text("ee.").InContainer(true, Ann);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(10_000, Read(file).Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000_000);
    }

    private static IReadOnlyList<NamedEmbedding> Read(byte[] file) => EmbeddingList.Read("test.pt", file, dimensions: 4);

    private static void AssertRefused(string wanted, byte[] file)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(file));
        Assert.StartsWith("test.pt: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(wanted, error.Message, StringComparison.Ordinal);
    }
}
