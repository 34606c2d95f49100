using Sightline.Wire;

namespace Sightline.Unit.Wire;

public sealed class SqsEndpointTests
{
    [Fact]
    public void On_loopback_the_region_is_a_fixed_one()
    {
        using var client = SqsEndpoint.At(new Uri("http://127.0.0.1:9324")).Connect();
        var config = Assert.IsType<Amazon.SQS.AmazonSQSConfig>(client.Config);
        Assert.Equal(("http://127.0.0.1:9324/", "us-east-1"), (config.ServiceURL, config.AuthenticationRegion));
    }

    [Theory]
    [InlineData("ftp://host")]
    [InlineData("file:///tmp/x")]
    public void What_is_no_endpoint_is_refused(string url)
    {
        var error = Assert.Throws<WireException>(() => SqsEndpoint.At(new Uri(url)));
        Assert.Contains("wanted http://", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_prints_as_it_is_given()
    {
        Assert.Equal("aws", SqsEndpoint.Aws.ToString());
        Assert.Equal("http://127.0.0.1:9324/", SqsEndpoint.At(new Uri("http://127.0.0.1:9324")).ToString());
    }
}
