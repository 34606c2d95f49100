using Sightline.Faces.Checkpoints;
using Sightline.Tests;

namespace Sightline.Unit.Faces.Checkpoints;

public sealed class CheckpointReading
{
    private static readonly float[] Six = [1, 2, 3, 4, 5, 6];

    [Fact]
    public void Names_shapes_and_values_come_back()
    {
        var read = Read(CheckpointWriter.Write(("conv.weight", [2, 3], Six), ("conv.bias", [2], [7, 8])));

        Assert.Equal(["conv.weight", "conv.bias"], read.Tensors.Keys);
        Assert.Equal(Six, read.Take("conv.weight", 2, 3));
        Assert.Equal([7, 8], read.Take("conv.bias", 2));
    }

    [Fact]
    public void A_transposed_tensor_comes_out_row_by_row()
    {
        var file = OneTensor([3, 2], [1, 3], offset: 0);

        Assert.Equal([1, 4, 2, 5, 3, 6], Read(file).Take("t", 3, 2));
    }

    [Fact]
    public void A_view_starts_at_its_offset() => Assert.Equal([3, 5], Read(OneTensor([2], [2], offset: 2)).Take("t", 2));

    [Fact]
    public void A_state_dictionary_wrapped_by_a_training_script_is_found()
    {
        var file = new CheckpointWriter().Raw(CheckpointWriter.Header)
            .Text("\x80\x02}(").String("epoch").Number(3).String("state_dict").Text("}(").Tensor("t", "0", [6], [1], 0, 6).Text("uu.")
            .Keys(1).Storage(Six).ToArray();

        Assert.Equal(Six, Read(file).Take("t", 6));
    }

    [Fact]
    public void A_wrong_shape_is_refused_with_the_tensors_name_and_both_shapes()
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(CheckpointWriter.Write(("conv.weight", [2, 3], Six))).Take("conv.weight", 3, 2));

        Assert.Equal("test.pt: tensor conv.weight has shape [2, 3], wanted [3, 2]", error.Message);
    }

    [Fact]
    public void A_missing_tensor_is_named_beside_those_there_are()
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(CheckpointWriter.Write(("conv.weight", [2, 3], Six))).Take("fc.weight", 2));

        Assert.Contains("no tensor fc.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("conv.weight", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cos\nsystem\n(X\x02\0\0\0lstR.", "os system")]
    [InlineData("cbuiltins\neval\n)R.", "builtins eval")]
    [InlineData("(ios\nsystem\n.", "INST")]
    [InlineData("X\x02\0\0\0osX\x06\0\0\0system\x93)R.", "STACK_GLOBAL")]
    [InlineData("cos\nsystem\n)\x81.", "NEWOBJ")]
    [InlineData("\xff.", "0xff")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R.", "_rebuild_tensor_v2")]
    public void What_could_run_code_or_is_unknown_is_refused_by_name(string pickle, string name)
    {
        var file = new CheckpointWriter().Raw(CheckpointWriter.Header).Text("\x80\x02" + pickle).ToArray();

        var error = Assert.Throws<InvalidDataException>(() => Read(file));

        Assert.Contains($"refused in the state dictionary", error.Message, StringComparison.Ordinal);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 7 }, new long[] { 1 }, 0)]
    [InlineData(new[] { 2, 3 }, new long[] { 3, 1 }, 1)]
    [InlineData(new[] { 1000, 1000 }, new long[] { 0, 0 }, 0)]
    [InlineData(new[] { int.MaxValue, int.MaxValue }, new long[] { 1, 1 }, 0)]
    [InlineData(new[] { 2 }, new long[] { -1 }, 1)]
    [InlineData(new[] { 2 }, new long[] { 1 }, -1)]
    public void A_tensor_that_reaches_past_its_storage_is_refused_by_name(int[] shape, long[] strides, long offset)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(OneTensor(shape, strides, offset)));

        Assert.Contains("tensor t", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        var whole = CheckpointWriter.Write(("a", [2, 3], Six), ("b", [1], [9]));
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = whole[..length];
            var error = Assert.Throws<InvalidDataException>(() => Read(cut));
            Assert.StartsWith("test.pt: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_with_any_one_byte_changed_is_read_or_refused_but_never_a_crash()
    {
        var whole = CheckpointWriter.Write(("a", [2, 3], Six), ("b", [1], [9]));
        var refused = 0;
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var mask in new byte[] { 0x01, 0x10, 0x80, 0xff })
            {
                var changed = whole.ToArray();
                changed[at] ^= mask;
                try
                {
                    Read(changed);
                }
                catch (InvalidDataException)
                {
                    refused++;
                }
            }
        }
        Assert.InRange(refused, whole.Length, 4 * whole.Length);
    }

    [Fact]
    public void Pickles_without_end_are_refused_before_they_fill_the_memory()
    {
        var file = new CheckpointWriter().Raw(CheckpointWriter.Header).Text("\x80\x02").Raw([.. Enumerable.Repeat((byte)'N', 5 << 20)]).ToArray();

        Assert.Contains("reaches past 4194304 bytes of pickles", Assert.Throws<InvalidDataException>(() => Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_storage_named_by_thousands_of_tensors_is_copied_for_none_of_them()
    {
        var values = new float[100_000];
        var writer = new CheckpointWriter().Raw(CheckpointWriter.Header).Text("\x80\x02}(");
        for (var i = 0; i < 5_000; i++) writer.Tensor($"{i}", "0", [values.Length], [1], 0, values.Length);
        var file = writer.Text("u.").Keys(1).Storage(values).ToArray();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(5_000, Read(file).Tensors.Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000_000); // gathered, they would have 2 GB
    }

    private static byte[] OneTensor(int[] shape, long[] strides, long offset) =>
        new CheckpointWriter().Raw(CheckpointWriter.Header).Text("\x80\x02}(").Tensor("t", "0", shape, strides, offset, Six.Length).Text("u.")
            .Keys(1).Storage(Six).ToArray();

    private static StateDictionary Read(byte[] file) => StateDictionary.Read("test.pt", file);
}
