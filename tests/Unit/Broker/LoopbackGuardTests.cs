using System.Net;
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
        Assert.Equal(passes, LoopbackGuard.Refusal(Request(host, origin, site)) is null);
        Assert.Equal(passes, LoopbackGuard.Refusal(Request(host, origin, site), IPAddress.IPv6Loopback) is null);
    }

    [Theory]
    [InlineData("192.168.1.2:9324", null, null, true)]
    [InlineData("box.local:9324", null, null, true)]
    [InlineData("127.0.0.1:9324", null, null, true)]
    [InlineData("192.168.1.2:9324", "https://evil.example", null, false)]
    [InlineData("192.168.1.2:9324", "null", null, false)]
    [InlineData("192.168.1.2:9324", null, "cross-site", false)]
    public void Off_loopback_every_name_of_the_machine_passes_and_web_pages_still_do_not(string host, string? origin, string? site, bool passes) =>
        Assert.Equal(passes, LoopbackGuard.Refusal(Request(host, origin, site), IPAddress.Parse("192.168.1.2")) is null);

    private static HttpRequest Request(string host, string? origin, string? site)
    {
        var request = new DefaultHttpContext().Request;
        request.Scheme = "http";
        request.Host = new(host);
        request.Headers.Origin = origin;
        request.Headers["Sec-Fetch-Site"] = site;
        return request;
    }
}
