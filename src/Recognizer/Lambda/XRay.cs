using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Sightline.Recognizer.Lambda;

/// <summary>X-Ray's tracing header as a parent for our activities: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader</summary>
internal static class XRay
{
    public static bool TryParse(string? header, [NotNullWhen(true)] out ActivityContext parent)
    {
        parent = default;
        string? root = null, span = null;
        var sampled = false;
        foreach (var field in header?.Split(';', StringSplitOptions.TrimEntries) ?? [])
        {
            if (field.StartsWith("Root=1-", StringComparison.Ordinal)) root = field["Root=1-".Length..].Replace("-", "", StringComparison.Ordinal);
            else if (field.StartsWith("Parent=", StringComparison.Ordinal)) span = field["Parent=".Length..];
            else if (field == "Sampled=1") sampled = true;
        }
        if (root is not { Length: 32 } || span is not { Length: 16 } || !root.All(char.IsAsciiHexDigitLower) || !span.All(char.IsAsciiHexDigitLower)) return false;
        // The root is 1-TIME-RANDOM; W3C's trace id is the two of them: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
        parent = new(ActivityTraceId.CreateFromString(root), ActivitySpanId.CreateFromString(span), sampled ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, isRemote: true);
        return true;
    }
}
