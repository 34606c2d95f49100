using System.Diagnostics;
using Sightline.Recognizer.Lambda;

namespace Sightline.Unit.Recognizer.Lambda;

public sealed class XRayTests
{
    [Theory]
    [InlineData("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1", ActivityTraceFlags.Recorded)]
    [InlineData("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0;Lineage=a:b", ActivityTraceFlags.None)]
    [InlineData("Sampled=0; Parent=9a9197af755a6419; Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700", ActivityTraceFlags.None)]
    public void Its_root_and_parent_are_W3Cs_trace_and_span(string header, ActivityTraceFlags flags)
    {
        Assert.True(XRay.TryParse(header, out var parent));
        Assert.Equal(("5bef4de7ad49b0e87f6ef6c87fc2e700", "9a9197af755a6419", flags, true), (parent.TraceId.ToHexString(), parent.SpanId.ToHexString(), parent.TraceFlags, parent.IsRemote));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700")]
    [InlineData("Root=1-5bef4de7-ad49b0e8;Parent=9a9197af755a6419")]
    [InlineData("Root=1-5BEF4DE7-AD49B0E87F6EF6C87FC2E700;Parent=9a9197af755a6419")]
    [InlineData("Root=1-zzzz4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419")]
    public void What_is_no_header_of_it_has_no_parent(string? header) => Assert.False(XRay.TryParse(header, out _));
}
