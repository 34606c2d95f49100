using Sightline.App;
using Sightline.App.Evaluation;

namespace Sightline.Unit.App.Evaluation;

public sealed class PairListTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline test ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void LFW_is_read_as_its_authors_write_it()
    {
        Photos("Ada_King/Ada_King_0001.jpg", "Ada_King/Ada_King_0012.png", "Bob/Bob_0001.jpg");
        Write("pairs.txt", "2\t1\nAda_King\t1\t12\nAda_King\t1\tBob\t1\n\nAda_King\t1\t12\r\nBob\t1\tAda_King\t12\n");
        var list = PairList.Read(_folder);
        Assert.Equal(["Ada_King/Ada_King_0001.jpg", "Ada_King/Ada_King_0012.png", "Bob/Bob_0001.jpg"], Names(list));
        Assert.Equal([new(0, 1, true, 0), new(0, 2, false, 0), new(0, 1, true, 1), new(2, 1, false, 1)], list.Pairs);
        Assert.True(list.Centred);
    }

    [Fact]
    public void Without_a_number_of_parts_pairs_are_dealt()
    {
        Photos("Ada/Ada_0001.jpg", "Ada/Ada_0002.jpg", "Ada/Ada_0003.jpg");
        Write("pairs.txt", "2\nAda\t1\t2\nAda\t1\t3\n");
        Assert.Equal([0, 1], PairList.Read(_folder).Pairs.Select(pair => pair.Fold));
    }

    [Theory]
    [InlineData("1\t1\nAda\t1\t2\n", "pairs.txt:2: there is no ", "Ada_0002.jpg")]
    [InlineData("1\t1\nAda\t1\tx\n", "pairs.txt:2: got 'x', wanted the number of a photograph")]
    [InlineData("1\t1\nAda\t1\t-1\n", "pairs.txt:2: got '-1', wanted the number of a photograph")]
    [InlineData("1\t1\n\nAda\t1\n", "pairs.txt:3: got 2 words, wanted NAME I J or NAME I NAME J")]
    [InlineData("1\t1\nAda 1 2\n", "pairs.txt:2: got 1 word, ")]
    [InlineData("1\t1\n../Ada\t1\t2\n", "pairs.txt:2: '../Ada' is not the name of a folder")]
    [InlineData("1\t1\nAda\t1\t..\t2\n", "pairs.txt:2: '..' is not the name of a folder")]
    [InlineData("1\t1\n", "pairs.txt has no pairs")]
    public void What_is_wrong_in_pairs_txt_is_told_with_its_line(string text, params string[] parts)
    {
        Photos("Ada/Ada_0001.jpg");
        Write("pairs.txt", text);
        AssertComplains(_folder, parts);
    }

    [Theory]
    [InlineData("")]
    [InlineData("fileA,fileB,same\n")]
    [InlineData("one,the other,\"one person?\"\r\n")]
    public void A_CSV_is_read_with_a_header_or_without(string header)
    {
        Photos("a, b/\"1\".jpg", "c.png");
        var csv = Write("lists/pairs.csv", $"{header}\"../a, b/\"\"1\"\".jpg\",../c.png,1\n../c.png,\"{_folder}/a, b/\"\"1\"\".jpg\",0\n");
        var list = PairList.Read(csv);
        Assert.Equal(["../a, b/\"1\".jpg", "../c.png"], Names(list));
        Assert.Equal([new(0, 1, true, 0), new(1, 0, false, 0)], list.Pairs);
        Assert.False(list.Centred);
    }

    [Theory]
    [InlineData("a.jpg,b.jpg\n", ":1: got 2 fields, wanted three: fileA,fileB,same")]
    [InlineData("a.jpg,b.jpg,1\na.jpg;b.jpg;1\n", ":2: got 1 field, wanted three")]
    [InlineData("a.jpg,b.jpg,yes\n", ":1: got 'yes', wanted 1 (one person) or 0 (two)")]
    [InlineData("same,of,who\nsame,of,who\n", ":2: got 'who', wanted 1 (one person) or 0 (two)")]
    [InlineData("a.jpg,b.jpg,1\n\na.jpg,gone.jpg,0\n", ":3: there is no file ", "gone.jpg")]
    [InlineData("a.jpg,,0\n", ":1: there is no file ")]
    [InlineData("a\0.jpg,b.jpg,0\n", ":1: there is no file ")]
    [InlineData("a.jpg,./a.jpg,1\n", ":1: a.jpg is to be compared with itself")]
    [InlineData("a.jpg,\"b.jpg,1\n", ":1: a quote is opened and never closed")]
    [InlineData("fileA,fileB,same\n", " has no pairs")]
    [InlineData("", " has no pairs")]
    public void What_is_wrong_in_a_CSV_is_told_with_its_line(string text, params string[] parts)
    {
        Photos("a.jpg", "b.jpg");
        AssertComplains(Write("pairs.csv", text), [.. parts, "pairs.csv"]);
    }

    [Fact]
    public void A_folder_for_each_person_means_every_pair()
    {
        Photos("Ada/1.jpg", "Ada/2.jpg", "Bob/1.jpg", "loose.jpg");
        var list = PairList.Read(_folder);
        Assert.Equal(["Ada/1.jpg", "Ada/2.jpg", "Bob/1.jpg"], Names(list));
        Assert.Equal([new(0, 1, true, 0), new(0, 2, false, 0), new(1, 2, false, 1)], list.Pairs);
    }

    [Fact]
    public void Every_pair_of_too_many_photographs_is_refused()
    {
        Photos([.. Enumerable.Range(0, PairList.MostPhotosAllAgainstAll + 1).Select(i => $"Ada/{i}.jpg")]);
        AssertComplains(_folder, "3,001 photographs", "fileA,fileB,same");
    }

    [Fact]
    public void What_is_not_there_or_empty_is_said()
    {
        AssertComplains(Path.Combine(_folder, "gone"), "there is no file or folder");
        AssertComplains(_folder, "neither pairs.txt nor folders with photographs");
    }

    private static IEnumerable<string> Names(PairList list) => list.Files.Select(file => Path.GetRelativePath(list.Root, file).Replace('\\', '/'));

    private static void AssertComplains(string path, params string[] parts)
    {
        var complaint = Assert.Throws<Complaint>(() => PairList.Read(path));
        Assert.All(parts, part => Assert.Contains(part, complaint.Message, StringComparison.Ordinal));
    }

    private void Photos(params string[] files)
    {
        foreach (var file in files) Write(file, "");
    }

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }
}
