using System.Text.RegularExpressions;
using Sightline.App;

namespace Sightline.Unit.House;

/// <summary>What the documents claim is checked where a machine can.</summary>
public sealed partial class Documents
{
    private static readonly string[] Pages =
        [.. Directory.EnumerateFiles(Repository.Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md"))];

    private static readonly string[] Verbs =
    [
        .. CommandLine.Build(new Cli { Environment = new Dictionary<string, string>(), In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null })
            .Subcommands.Select(verb => verb.Name),
    ];

    [Fact]
    public void Every_link_to_a_file_leads_somewhere()
    {
        var broken = from page in Pages
                     from Match link in FileLink().Matches(File.ReadAllText(page))
                     let target = Path.Combine(Path.GetDirectoryName(page)!, link.Groups[1].Value)
                     where !File.Exists(target) && !Directory.Exists(target)
                     select $"{Path.GetFileName(page)}: {link.Groups[1].Value}";
        Assert.Empty(broken);
    }

    [Fact]
    public void Every_verb_that_a_document_names_is_there()
    {
        var unknown = from page in Pages
                      from Match verb in Verb().Matches(File.ReadAllText(page))
                      where !Verbs.Contains(verb.Groups[1].Value) && verb.Groups[1].Value != "bench" // which the script beside the program knows
                      select $"{Path.GetFileName(page)}: sightline {verb.Groups[1].Value}";
        Assert.Empty(unknown);
    }

    [Fact]
    public void The_readme_has_every_verb()
    {
        var readme = Repository.Read("README.md");
        Assert.All(Verbs, verb => Assert.Contains($"`sightline {verb}", readme, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_heading_that_an_error_leads_to_is_there()
    {
        var pointed = (from file in Repository.Sources().Where(f => f.StartsWith("src/", StringComparison.Ordinal))
                       from Match pointer in Pointer().Matches(Repository.Read(file))
                       select (Page: pointer.Groups[1].Value, Heading: pointer.Groups[2].Value)).ToList();
        Assert.NotEmpty(pointed);
        // GitHub's anchors: the heading in lower case, spaces as hyphens.
        Assert.All(pointed, to => Assert.Contains($"# {to.Heading.Replace('-', ' ')}\n", Repository.Read(to.Page).ToLowerInvariant(), StringComparison.Ordinal));
    }

    [Fact]
    public void Every_test_that_a_document_names_is_there()
    {
        var tests = string.Concat(Repository.Sources().Where(file => file.StartsWith("tests/", StringComparison.Ordinal)).Select(Repository.Read));
        var named = Pages.SelectMany(page => TestName().Matches(File.ReadAllText(page)).Select(match => match.Groups[1].Value)).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains($" {name}(", tests, StringComparison.Ordinal));
    }

    // Sentences: a capital, and three words or more.
    [GeneratedRegex("`([A-Z][a-z]*(?:_[A-Za-z0-9]+){3,})`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"(docs/\w+\.md)#([\w-]+)")]
    private static partial Regex Pointer();

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#\s]+)")]
    private static partial Regex FileLink();

    [GeneratedRegex(@"(?:\./|`)sightline ([a-z]+)")]
    private static partial Regex Verb();
}
