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

    [Theory]
    [InlineData("https://sqs.eu-central-1.amazonaws.com", true)]
    [InlineData("https://vpce-1.sqs.us-east-1.vpce.amazonaws.com", true)]
    [InlineData("https://sqs.cn-north-1.amazonaws.com.cn", true)]
    [InlineData("https://sqs.us-east-1.api.aws", true)]
    [InlineData("https://evilamazonaws.com", false)]
    [InlineData("https://sqs.amazonaws.com.evil.example", false)]
    [InlineData("http://192.168.1.10:9324", false)]
    public void Only_Amazons_own_hosts_get_the_users_AWS_credentials(string url, bool amazons) => Assert.Equal(amazons, SqsEndpoint.At(new Uri(url)).IsAmazons);

    [Fact]
    public void A_key_that_is_given_signs_and_its_secret_is_not_printed()
    {
        var endpoint = SqsEndpoint.At(new Uri("http://192.168.1.10:9324")).SignedBy("id", "very secret");
        using var client = endpoint.Connect();
        Assert.Equal("us-east-1", client.Config.AuthenticationRegion);
        Assert.Equal("http://192.168.1.10:9324/", endpoint.ToString());
    }
}
