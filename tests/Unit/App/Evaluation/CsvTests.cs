using Sightline.App.Evaluation;

namespace Sightline.Unit.App.Evaluation;

public sealed class CsvTests
{
    [Theory]
    [InlineData("a,b,1\nc,d,0\n", "1:a|b|1", "2:c|d|0")]
    [InlineData("a,b,1\r\nc,d,0", "1:a|b|1", "2:c|d|0")]
    [InlineData("\n\n a , b ,1\n\n\nc,d,0\n\n", "3:a|b|1", "6:c|d|0")]
    [InlineData("\"a,1\",\" b \",\"1\"\n", "1:a,1| b |1")]
    [InlineData("\"say \"\"cheese\"\"\",b,1\n", "1:say \"cheese\"|b|1")]
    [InlineData("\"a\nb\",c,1\nd,e,0\n", "1:a\nb|c|1", "3:d|e|0")]
    [InlineData("a,,\n", "1:a||")]
    [InlineData("\"\"\n", new string[0])]
    [InlineData("", new string[0])]
    [InlineData("a", "1:a")]
    [InlineData("a,\"\"", "1:a|")]
    public void Records_come_with_the_line_they_begin_on(string text, params string[] records) =>
        Assert.Equal(records, Csv.Read(new StringReader(text)).Select(record => $"{record.Line}:{string.Join('|', record.Fields)}"));

    [Theory]
    [InlineData("a,b,1\n\"c,d,0\ne,f,1\n", "2: a quote is opened and never closed")]
    [InlineData("\"a\"b,c,1\n", "1: text after a closed quote; wanted a comma or the end of the line")]
    [InlineData("a,b,1\na\"b,c,1\n", "2: a quote in the middle of a field; wanted the whole field in quotes, and quotes in it doubled")]
    [InlineData("\"", "1: a quote is opened and never closed")]
    public void A_wrong_quote_is_told_with_its_line(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => Csv.Read(new StringReader(text)).ToList()).Message);

    [Fact]
    public void Nothing_of_a_large_field_is_lost()
    {
        var large = new string('x', 1_000_000);
        Assert.Equal([large, "b"], Assert.Single(Csv.Read(new StringReader($"\"{large}\",b"))).Fields);
    }
}
