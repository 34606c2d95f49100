using System.Xml;
using System.Xml.Linq;
using Sightline.App;
using Sightline.App.Evaluation;

namespace Sightline.Unit.App.Evaluation;

public sealed class PageTests
{
    private const string Hostile = "\"><script>alert('Ada & Bob')</script><img src=x onerror=\"alert(1)\">{0}${name}.jpg";

    [Theory]
    [InlineData("<b>", "&lt;b&gt;")]
    [InlineData("\"' &amp;", "&quot;&#39; &amp;amp;")]
    [InlineData("Zoë 李 😀", "Zoë 李 😀")]
    [InlineData("a\u202Egpj.exe", "a[U+202E]gpj.exe")]
    [InlineData("\0\n\u001B[31m", "[U+0000][U+000A][U+001B][31m")]
    [InlineData("می\u200Cخواهم", "می\u200Cخواهم")]
    public void Text_in_a_hole_is_escaped(string text, string markup)
    {
        Html html = $"""<i title="{text}">{text}</i>""";
        Assert.Equal($"""<i title="{markup}">{markup}</i>""", html.ToString());
    }

    [Fact]
    public void Half_a_character_is_replaced()
    {
        Html html = $"{"a\uD800b"}";
        Assert.Equal("a\uFFFDb", html.ToString());
    }

    [Fact]
    public void Markup_in_a_hole_is_not()
    {
        Html inner = $"<b>{1.5:0.00}</b>";
        Html html = $"<i>{inner}{new[] { inner, inner }}{3}</i>";
        Assert.Equal("<i><b>1.50</b><b>1.50</b><b>1.50</b>3</i>", html.ToString());
    }

    [Fact]
    public void A_hostile_file_name_stays_a_name()
    {
        var page = Made(Hostile, new Roc([new(.9f, true), new(.8f, true), new(.1f, false)]));
        string[] elements = [.. page.Descendants().Select(element => element.Name.LocalName).Distinct().Order(StringComparer.Ordinal)];
        Assert.DoesNotContain("script", elements);
        Assert.Equal([Hostile, Hostile, Hostile], page.Descendants("bdi").Select(name => name.Value)); // two of a pair, one of a list
        Assert.All(page.Descendants("img"), picture => Assert.Equal(Hostile, picture.Attribute("alt")!.Value));
        Assert.All(page.Descendants(), element => Assert.DoesNotContain(element.Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)));
        Assert.Equal(Hostile, page.Descendants("title").Single().Value);
    }

    [Fact]
    public void A_page_loads_nothing_and_runs_nothing()
    {
        var page = Made("a.jpg", new Roc([new(.9f, true), new(.1f, false)]));
        Assert.All(page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href"),
            attribute => Assert.StartsWith("data:image/jpeg;base64,", attribute.Value, StringComparison.Ordinal));
        Assert.Contains(page.Descendants("meta"), meta => meta.Attribute("content")?.Value.StartsWith("default-src 'none';", StringComparison.Ordinal) is true);
        Assert.DoesNotContain("url(", page.Descendants("style").Single().Value, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page.Descendants("style").Single().Value, StringComparison.Ordinal);
        Assert.Equal(2, page.Descendants("svg").Count());
        Assert.DoesNotContain("[U+", page.Root!.Value, StringComparison.Ordinal); // nothing of the page's own was taken for text
    }

    [Fact]
    public void What_was_not_compared_is_not_drawn()
    {
        Assert.Single(Made("a.jpg", new Roc([])).Descendants("svg"));
        Assert.Single(Made("a.jpg", new Roc([new(.5f, true)])).Descendants("svg"));
    }

    [Fact]
    public void A_curve_of_many_comparisons_is_drawn_with_few_points()
    {
        var many = Enumerable.Range(0, 400_000).Select(i => new Comparison((i * 7919L % 400_000) / 400_000f, i % 3 == 0));
        Assert.True(Charts.Curve(new Roc(many), .5f).ToString().Length < 60_000);
    }

    [Theory]
    [InlineData("report.txt", "wanted a name that ends in .html")]
    [InlineData("no/such/folder/report.html", "there is no folder")]
    public void A_page_is_refused_where_it_cannot_be_or_would_overwrite_something_else(string file, string message) =>
        Assert.Contains(message, Assert.Throws<Complaint>(() => Page.Check(Path.Combine(AppContext.BaseDirectory, file))).Message, StringComparison.Ordinal);

    // As XML, which forgives nothing.
    private static XDocument Made(string name, Roc roc)
    {
        var worst = new WorstPairs(name, [new(.5f, new(name, [1, 2, 3]), new(name, [4]))]);
        var report = new EvalReport(name, name, [(name, name)], roc, .4f, name, name, [new(name, [name]), new("nothing", [])]);
        using var reader = XmlReader.Create(new StringReader(Page.Of(report, [worst]).ToString()), new() { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }
}
