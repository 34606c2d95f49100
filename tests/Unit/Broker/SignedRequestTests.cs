using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sightline.Broker.Sqs;

namespace Sightline.Unit.Broker;

/// <summary>
/// Cases of AWS's own test suite for Signature Version 4, of which botocore carries a copy:
/// https://github.com/boto/botocore/tree/1.29.27/tests/unit/auth/aws4_testsuite
/// </summary>
public sealed class SignedRequestTests
{
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    [Theory]
    [InlineData("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("GET", "/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    [InlineData("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    public void It_is_the_signature_of_the_test_suite(string method, string target, string signature)
    {
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        context.Request.Method = method;
        context.Request.Headers.Host = "example.amazonaws.com";
        context.Request.Headers["X-Amz-Date"] = "20150830T123600Z";
        context.Request.Headers.Authorization =
            $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature={signature}";

        var signed = SignedRequest.Parse(context.Request, out var missing);

        Assert.Equal("", missing);
        Assert.Equal(signature, signed!.Expected(context.Request, [], Secret));
        Assert.Equal(new DateTimeOffset(2015, 8, 30, 12, 36, 0, TimeSpan.Zero), signed.SignedAt);
    }
}
