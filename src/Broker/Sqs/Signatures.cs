using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sightline.Broker.Sqs;

/// <summary>
/// Lets in who signs with one of the keys. Codes and their meaning:
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
/// </summary>
internal sealed partial class Signatures(AccessKeys keys, TimeProvider time, ILogger logger)
{
    /// <summary>RequestExpired of that page: 15 minutes to either side.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromMinutes(15);

    private readonly Episodes _episodes = new(time);

    /// <summary>All that needs no body: whose it is, for what, and when.</summary>
    public SqsError? CheckHead(HttpRequest request, out SignedRequest? signed)
    {
        signed = null;
        if (request.Headers.Authorization.Count == 0)
            return Refused(request, "", SqsError.MissingAuthenticationToken);
        if (SignedRequest.Parse(request, out var missing) is not { } parsed)
            return Refused(request, "", SqsError.IncompleteSignature(missing));
        var now = time.GetUtcNow();
        var unsigned = request.Headers.Keys.FirstOrDefault(h => h.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) && !parsed.SignedHeaders.Contains(h, StringComparer.OrdinalIgnoreCase));
        var error =
            !keys.TryGet(parsed.KeyId, out _) ? SqsError.InvalidClientTokenId
            : parsed.Service != "sqs" ? SqsError.SignatureDoesNotMatch("Credential should be scoped to correct service: 'sqs'.")
            : !parsed.Time.StartsWith(parsed.Day + "T", StringComparison.Ordinal) ? SqsError.SignatureDoesNotMatch("Date in Credential scope is not the day of X-Amz-Date.")
            : unsigned is not null ? SqsError.SignatureDoesNotMatch($"The header {unsigned} is not among the signed headers, and every x-amz- header must be.")
            : (now - parsed.SignedAt).Duration() > Apart ? SqsError.RequestExpired($"Signed at {parsed.Time}, and here it is {now:yyyyMMdd'T'HHmmss'Z'}: more than 15 minutes apart. Set the clocks.")
            : null;
        if (error is not null)
            return Refused(request, parsed.KeyId, error);
        signed = parsed;
        return null;
    }

    public SqsError? CheckBody(HttpRequest request, SignedRequest signed, ReadOnlySpan<byte> body)
    {
        keys.TryGet(signed.KeyId, out var secret);
        var expected = Encoding.ASCII.GetBytes(signed.Expected(request, body, secret));
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(signed.Signature))
            ? null
            : Refused(request, signed.KeyId, SqsError.SignatureDoesNotMatch("The request signature we calculated does not match the signature you provided. Check the secret access key and the signing method."));
    }

    private SqsError Refused(HttpRequest request, string keyId, SqsError error)
    {
        var remote = request.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "?";
        if (_episodes.Begins(error.QueryCode, remote))
            LogRefused(Printable(keyId), remote, error.QueryCode, error.Message);
        return error;
    }

    private static string Printable(string keyId) => string.Concat(keyId.Take(128).Where(char.IsAsciiLetterOrDigit));

    [LoggerMessage(Level = LogLevel.Warning, Message = "SQS request refused, key id '{KeyId}', from {Remote}: {Code}: {Why} More of the kind are not logged until a minute passes without.")]
    private partial void LogRefused(string keyId, string remote, string code, string why);
}
