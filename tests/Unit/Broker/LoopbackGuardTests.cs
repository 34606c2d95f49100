using Microsoft.AspNetCore.Http;
using Sightline.Broker;

namespace Sightline.Unit.Broker;

/// <summary>Which requests are a program's and which a web page's.</summary>
public sealed class LoopbackGuardTests
{
    [Theory]
    [InlineData("127.0.0.1:9324", null, null, true)]
    [InlineData("localhost:9324", null, null, true)]
    [InlineData("LOCALHOST", null, null, true)]
    [InlineData("[::1]:9324", null, null, true)]
    [InlineData("127.0.0.1:1234", null, null, true)]
    [InlineData("127.0.0.1:9324", "http://127.0.0.1:9324", "same-origin", true)]
    [InlineData("127.0.0.1:9324", null, "none", true)]
    [InlineData("evil.example:9324", null, null, false)]
    [InlineData("127.0.0.1.evil.example:9324", null, null, false)]
    [InlineData("localhost.evil.example", null, null, false)]
    [InlineData("192.168.1.2:9324", null, null, false)]
    [InlineData("0.0.0.0:9324", null, null, false)]
    [InlineData("", null, null, false)]
    [InlineData("127.0.0.1:9324", "null", null, false)]
    [InlineData("127.0.0.1:9324", "https://evil.example", null, false)]
    [InlineData("127.0.0.1:9324", "http://localhost:9324", null, false)]
    [InlineData("127.0.0.1:9324", "http://127.0.0.1:3000", null, false)]
    [InlineData("127.0.0.1:9324", null, "cross-site", false)]
    [InlineData("127.0.0.1:9324", null, "same-site", false)]
    public void Only_this_machines_programs_pass(string host, string? origin, string? site, bool passes)
    {
        var request = new DefaultHttpContext().Request;
        request.Scheme = "http";
        request.Host = new(host);
        request.Headers.Origin = origin;
        request.Headers["Sec-Fetch-Site"] = site;
        Assert.Equal(passes, LoopbackGuard.Refusal(request) is null);
    }
}
