using System.Text.RegularExpressions;

namespace Sightline.Unit.House;

public sealed partial class FileRules
{
    private const int LongestFile = 400;
    private static readonly string Canary = Path.Combine("src", "Faces", "Canary", "canary.jpg");

    [Fact]
    public void No_file_is_longer_than_400_lines()
    {
        var tooLong = Repository.Sources().Select(f => (File: f, Lines: Repository.Read(f).Count(c => c == '\n')))
            .Where(f => f.Lines > LongestFile).Select(f => $"{f.File}: {f.Lines}");
        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_name_ends_in_a_word_that_says_nothing()
    {
        var empty = from file in Repository.Sources()
                    from Match name in TypeName().Matches(Repository.Read(file))
                    where EmptyWord().IsMatch(name.Groups[1].Value)
                    select $"{file}: {name.Groups[1].Value}";
        Assert.Empty(empty);
    }

    [Fact]
    public void Nothing_is_left_to_do_later()
    {
        var left = Repository.Sources().Where(f => !f.EndsWith("FileRules.cs", StringComparison.Ordinal))
            .Where(f => Unfinished().IsMatch(Repository.Read(f)));
        Assert.Empty(left);
    }

    [Fact]
    public void No_photograph_and_no_published_weights_lie_in_the_repository()
    {
        // Weights of our own, which BuiltinTests holds to the record of their training; and a picture of nobody, which CanaryTests renders again.
        string[] own = [.. new[] { "pnet.pt", "rnet.pt", "onet.pt", "embedder.onnx" }.Select(file => Path.Combine("src", "Faces", "Builtin", file)), Canary];
        string[] kinds = [".pt", ".onnx", ".jpg", ".jpeg", ".webp", ".mp4"];
        var found = from room in new[] { "src", "tests", "bench", "docs", "train" }
                    from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, room), "*", SearchOption.AllDirectories)
                    where kinds.Contains(Path.GetExtension(file).ToLowerInvariant())
                    select Path.GetRelativePath(Repository.Root, file);
        Assert.Empty(found.Except(own));
    }

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum)\s+(?:struct\s+|class\s+)?([A-Z]\w*)")]
    private static partial Regex TypeName();

    [GeneratedRegex("(Manager|Helper|Util|Utils|Common|Base|Impl|Service|Processor)$")]
    private static partial Regex EmptyWord();

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b")]
    private static partial Regex Unfinished();
}
