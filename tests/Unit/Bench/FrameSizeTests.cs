using System.CommandLine;
using Sightline.Bench;

namespace Sightline.Unit.Bench;

public sealed class FrameSizeTests
{
    [Theory]
    [InlineData("512", 512, 512)]
    [InlineData("1200x630", 1200, 630)]
    [InlineData("12x65535", 12, 65535)]
    public void A_side_is_a_square_and_two_are_a_frame(string text, int width, int height)
    {
        Assert.True(FrameSize.TryParse(text, out var size));
        Assert.Equal(new(width, height), size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("512x")]
    [InlineData("1x2x3")]
    [InlineData("-512")]
    [InlineData("11")]
    [InlineData("65536")]
    [InlineData("large")]
    public void Anything_else_is_no_size(string text) => Assert.False(FrameSize.TryParse(text, out _));

    [Fact]
    public void What_was_got_and_what_was_wanted_is_said_on_the_command_line()
    {
        var size = new Option<FrameSize>("--size") { CustomParser = FrameSize.Parse };
        Assert.Equal(new(1920, 1080), new RootCommand { size }.Parse(["--size", "1920x1080"]).GetValue(size));

        var error = Assert.Single(new RootCommand { size }.Parse(["--size", "big"]).Errors);
        Assert.Contains("got --size big, wanted a side such as 512", error.Message, StringComparison.Ordinal);
    }
}
