using Sightline.Web;

namespace Sightline.Unit.Web;

public sealed class VisitorTests
{
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.8.8", true)]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("[::1]", true)]
    [InlineData("", false)]
    [InlineData("192.168.1.10", false)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    public void Only_names_of_loopback_are_ours(string host, bool ours) => Assert.Equal(ours, Visitors.IsLoopback(host));

    [Fact]
    public void A_system_is_well_when_all_its_parts_are_and_there_is_one()
    {
        var well = new PartHealth("core", true, "connected");
        Assert.True(new Health([well]).Ok);
        Assert.False(new Health([well, well with { Ok = false }]).Ok);
        Assert.False(new Health([]).Ok);
    }

    [Fact]
    public void Health_survives_its_JSON()
    {
        var health = Health.TryParse(new Health([new("core", false, "not connected")]).ToJson());
        Assert.Equal(new PartHealth("core", false, "not connected"), Assert.Single(health!.Parts));
        Assert.False(health.Ok);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("null")]
    public void Another_servers_answer_is_not_health(string text) => Assert.Null(Health.TryParse(System.Text.Encoding.UTF8.GetBytes(text)));
}
