using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sightline.Broker.Sqs;

/// <summary>
/// What a request says of its own signature (AWS Signature Version 4, in the header Authorization), and the signature that it
/// should have. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
/// </summary>
internal sealed record SignedRequest(string KeyId, string Day, string Region, string Service, string Time, IReadOnlyList<string> SignedHeaders, string Signature)
{
    public const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Terminator = "aws4_request";

    /// <summary>Null: <paramref name="missing"/> says what the header lacks.</summary>
    public static SignedRequest? Parse(HttpRequest request, out string missing)
    {
        var authorization = request.Headers.Authorization.ToString();
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (authorization.StartsWith(Algorithm + " ", StringComparison.Ordinal))
        {
            foreach (var field in authorization[Algorithm.Length..].Split(','))
            {
                var pair = field.Split('=', 2, StringSplitOptions.TrimEntries);
                if (pair.Length == 2)
                    fields[pair[0]] = pair[1];
            }
        }

        var scope = fields.GetValueOrDefault("Credential", "").Split('/');
        var headers = fields.GetValueOrDefault("SignedHeaders", "").Split(';', StringSplitOptions.RemoveEmptyEntries);
        var time = request.Headers["X-Amz-Date"].ToString();
        var signature = fields.GetValueOrDefault("Signature", "");
        missing =
            scope.Length != 5 || scope[4] != Terminator ? $"Authorization header requires '{Algorithm} Credential=id/date/region/service/{Terminator}'."
            : signature.Length == 0 ? "Authorization header requires 'Signature' parameter."
            : !headers.Contains("host") || !headers.Contains("x-amz-date") ? "'Host' and 'X-Amz-Date' must be among the 'SignedHeaders' in the Authorization header."
            : !IsTime(time, out _) ? "Authorization requires existence of an 'X-Amz-Date' header, as 20260504T101530Z."
            : "";
        return missing.Length > 0 ? null : new(scope[0], scope[1], scope[2], scope[3], time, headers, signature);
    }

    public DateTimeOffset SignedAt => IsTime(Time, out var at) ? at : default;

    /// <summary>In hexadecimal, of this request with this body, by the owner of this secret.</summary>
    public string Expected(HttpRequest request, ReadOnlySpan<byte> body, string secret)
    {
        var stringToSign = $"{Algorithm}\n{Time}\n{Day}/{Region}/{Service}/{Terminator}\n{Hash(Encoding.UTF8.GetBytes(Canonical(request, body)))}";
        var key = Mac(Mac(Mac(Mac(Encoding.UTF8.GetBytes("AWS4" + secret), Day), Region), Service), Terminator);
        return Convert.ToHexStringLower(Mac(key, stringToSign));
    }

    /// <summary>Step 1 of that page. The body's hash is taken of what came, whatever x-amz-content-sha256 says of it.</summary>
    internal string Canonical(HttpRequest request, ReadOnlySpan<byte> body)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2);
        var text = new StringBuilder();
        text.Append(request.Method).Append('\n');
        // For every service but S3 the path, which came encoded, is encoded once more.
        text.AppendJoin('/', target[0].Split('/').Select(Uri.EscapeDataString)).Append('\n');
        text.Append(target.Length == 2 ? CanonicalQuery(target[1]) : "").Append('\n');
        foreach (var name in SignedHeaders)
            text.Append(name).Append(':').AppendJoin(',', request.Headers[name].Select(v => OneSpace(v ?? ""))).Append('\n');
        text.Append('\n').AppendJoin(';', SignedHeaders).Append('\n').Append(Hash(body));
        return text.ToString();
    }

    private static string CanonicalQuery(string query) => string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(field => field.Split('=', 2))
        .Select(pair => (Name: Encode(pair[0]), Value: Encode(pair.ElementAtOrDefault(1) ?? "")))
        .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Value, StringComparer.Ordinal)
        .Select(p => $"{p.Name}={p.Value}"));

    private static string Encode(string raw) => Uri.EscapeDataString(Uri.UnescapeDataString(raw));

    private static string OneSpace(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static bool IsTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
