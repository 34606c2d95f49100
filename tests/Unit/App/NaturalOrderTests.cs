using Sightline.App;

namespace Sightline.Unit.App;

public sealed class NaturalOrderTests
{
    [Fact]
    public void Numbers_in_names_count_by_value()
    {
        string[] expected = ["img1.jpg", "img2.jpg", "img10.jpg", "img10a.jpg", "img100.jpg"];
        Assert.Equal(expected, expected.Reverse().Order(NaturalOrder.Instance));
    }

    [Fact]
    public void Numbers_longer_than_any_integer_count_by_value_too()
    {
        string[] expected = ["99999999999999999998", "99999999999999999999", "100000000000000000000"];
        Assert.Equal(expected, expected.Reverse().Order(NaturalOrder.Instance));
    }

    [Theory]
    [InlineData("a", "a", 0)]
    [InlineData("a", "b", -1)]
    [InlineData("a", "a1", -1)]
    [InlineData("a2b", "a2", 1)]
    [InlineData("img1", "img01", 1)] // the same number and not the same name: some order, always the same
    [InlineData("", "0", -1)]
    public void The_order_is_total(string x, string y, int sign)
    {
        Assert.Equal(sign, Math.Sign(NaturalOrder.Instance.Compare(x, y)));
        Assert.Equal(-sign, Math.Sign(NaturalOrder.Instance.Compare(y, x)));
    }
}
