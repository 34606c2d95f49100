using Sightline.App;

namespace Sightline.Unit.App;

public sealed class PlainTableTests
{
    [Fact]
    public void Columns_line_up_and_numbers_go_to_the_right() => Assert.Equal(
        ["name   photos  id", "Ada         2  x", "Grace      13  y"],
        PlainTable.Lines(["name", "photos", "id"], [["Ada", "2", "x"], ["Grace", "13", "y"]], right: 1));

    [Fact]
    public void No_line_ends_in_blanks() => Assert.All(PlainTable.Lines(["a", "wide column"], [["b", ""]]), line => Assert.Equal(line.TrimEnd(), line));
}
