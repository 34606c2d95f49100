using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Sightline.Faces.Checkpoints;
using Sightline.Tests;

namespace Sightline.Unit.Faces.Checkpoints;

public sealed class ZipReading
{
    private static readonly float[] Six = [1, 2, 3, 4, 5, 6];

    [Theory]
    [InlineData("archive")]
    [InlineData("20180402-114759-vggface2")]
    public void Names_shapes_and_values_come_back_whatever_the_folder_is_called(string folder)
    {
        var read = Read(Zip([($"{folder}/data.pkl", Pickle()), ($"{folder}/byteorder", "little"u8.ToArray()), ($"{folder}/data/0", CheckpointWriter.Bytes(Six)), ($"{folder}/version", "3\n"u8.ToArray())]));

        Assert.Equal(["t"], read.Tensors.Keys);
        Assert.Equal(Six, read.Take("t", 2, 3));
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        var whole = Good();
        for (var length = 2; length < whole.Length; length++)
        {
            var cut = whole[..length];
            Assert.StartsWith("test.pt: ", Assert.Throws<InvalidDataException>(() => Read(cut)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_with_any_one_byte_changed_is_read_or_refused_but_never_a_crash()
    {
        var whole = Good();
        var refused = 0;
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var mask in new byte[] { 0x01, 0x10, 0x80, 0xff })
            {
                var changed = whole.ToArray();
                changed[at] ^= mask;
                try
                {
                    Read(changed).Tensors.Values.Single().Floats();
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
    public void Compressed_entries_which_could_unfold_into_anything_are_refused()
    {
        var bomb = Zip([("a/data.pkl", Pickle(2_500_000)), ("a/data/0", new byte[10_000_000])], CompressionLevel.Optimal);

        AssertRefused("a/data.pkl is compressed", bomb);
    }

    [Theory]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0xFFFFFFFEu)]
    public void Announced_sizes_that_the_file_cannot_have_allocate_nothing(uint size)
    {
        var file = Good();
        // Both sizes in the directory's second record (APPNOTE.TXT, 4.3.12); the local header says what it said before.
        var record = file.AsSpan().LastIndexOf("PK\x01\x02"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(record + 20), size);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(record + 24), size);

        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused("announce more than the", file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData("../data/1")]
    [InlineData("a/../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("a//data")]
    [InlineData("a/data\\1")]
    [InlineData("b/data/1")]
    public void Names_that_lead_elsewhere_are_refused(string name) =>
        AssertRefused("refused entry", Zip([("a/data.pkl", Pickle()), ("a/data/0", CheckpointWriter.Bytes(Six)), (name, [1])]));

    [Fact]
    public void Two_entries_of_one_name_are_refused() =>
        AssertRefused("two entries are called a/data/0", Zip([("a/data.pkl", Pickle()), ("a/data/0", CheckpointWriter.Bytes(Six)), ("a/data/0", CheckpointWriter.Bytes(Six))]));

    [Fact]
    public void A_directory_of_very_many_entries_is_refused_before_it_is_read()
    {
        var name = new string('x', 200);
        var file = Zip([("a/data.pkl", Pickle()), .. Enumerable.Range(0, 20_000).Select(i => ($"a/{name}{i}", Array.Empty<byte>()))]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused("directory has more than", file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void An_archive_of_something_else_is_told_apart() => AssertRefused("without FOLDER/data.pkl", Zip([("word/document.xml", [1])]));

    [Fact]
    public void A_storage_that_is_missing_or_of_another_size_is_named()
    {
        AssertRefused("it has no a/data/0", Zip([("a/data.pkl", Pickle())]));
        AssertRefused("a/data/0 has 20 bytes, wanted 24 for 6 float32 values", Zip([("a/data.pkl", Pickle()), ("a/data/0", new byte[20])]));
    }

    [Fact]
    public void Values_of_a_big_endian_machine_are_refused() =>
        AssertRefused("byteorder", Zip([("a/data.pkl", Pickle()), ("a/byteorder", "big"u8.ToArray()), ("a/data/0", CheckpointWriter.Bytes(Six))]));

    [Fact]
    public void What_could_run_code_is_refused_by_name_here_too() =>
        AssertRefused("os system", Zip([("a/data.pkl", Encoding.Latin1.GetBytes("\x80\x02" + "cos\nsystem\n(X\x02\0\0\0lstR."))]));

    private static void AssertRefused(string wanted, byte[] file)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(file));
        Assert.StartsWith("test.pt: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(wanted, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Good() => Zip([("a/data.pkl", Pickle()), ("a/data/0", CheckpointWriter.Bytes(Six))]);

    private static byte[] Pickle(int values = 6) =>
        new CheckpointWriter().Text("\x80\x02}(").Tensor("t", "0", [2, values / 2], [values / 2, 1], 0, values, metadata: "").Text("u.").ToArray();

    private static byte[] Zip((string Name, byte[] Content)[] entries, CompressionLevel level = CompressionLevel.NoCompression) => CheckpointWriter.Zip(entries, level);

    private static StateDictionary Read(byte[] file) => StateDictionary.Read("test.pt", file);
}
