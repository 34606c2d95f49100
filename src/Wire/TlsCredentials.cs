using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sightline.Wire;

/// <summary>Who we are on TLS, and whom we trust: PEM files, as AWS IoT hands them out. Read once; kept as long as the process.</summary>
public sealed class TlsCredentials
{
    // Windows' TLS takes no private key that lives in memory alone: https://github.com/dotnet/runtime/issues/23749
    private static readonly bool KeysNeedAStore = OperatingSystem.IsWindows();

    private SslStreamCertificateContext? _own;
    private X509Certificate2? _leaf;
    private X509Certificate2Collection? _authorities;

    private TlsCredentials() { }

    /// <summary>No certificate of our own, and the authorities that this machine trusts.</summary>
    public static TlsCredentials None { get; } = new();

    /// <summary>Where the certificate came from; null where there is none.</summary>
    public string? CertificateFile { get; private init; }

    /// <summary>Where the authorities came from; null: this machine's.</summary>
    public string? AuthorityFile { get; private init; }

    /// <param name="certificate">File of our certificate, intermediate ones behind it; null: none.</param>
    /// <param name="key">File of its private key; there exactly where the certificate is.</param>
    /// <param name="authority">File of the authorities to trust, in place of this machine's; null: this machine's.</param>
    /// <param name="time">To tell what is no longer or not yet valid.</param>
    /// <exception cref="WireException">A file cannot be read, holds something else, is out of date, or key and certificate are not a pair.</exception>
    public static TlsCredentials Load(string? certificate, string? key, string? authority, TimeProvider time)
    {
        if (certificate is null != key is null)
            throw new WireException($"got {(certificate is null ? $"the key {key} without its certificate" : $"the certificate {certificate} without its key")}; wanted both");
        var authorities = authority is null ? null : Authorities(authority, Read(authority, "the certificates of the authorities to trust"), time);
        if (certificate is null) return new() { _authorities = authorities, AuthorityFile = authority };

        var chain = Certificates(certificate, Read(certificate, "the certificate of this device"));
        if (DateProblem(certificate, chain[0], time) is { } problem) throw new WireException(problem);
        var leaf = Pair(certificate, chain[0], key!, Read(key!, "the private key of the certificate"));
        chain.RemoveAt(0);
        // Offline: the intermediates are in the file, or the other side has them.
        return new() { _own = SslStreamCertificateContext.Create(leaf, chain, offline: true), _leaf = leaf, _authorities = authorities, CertificateFile = certificate, AuthorityFile = authority };
    }

    /// <summary>The same certificate of our own, and these authorities to trust.</summary>
    /// <param name="pem">One or more certificates in PEM.</param>
    /// <param name="source">Where they came from, for errors.</param>
    /// <param name="time">To tell what is no longer or not yet valid.</param>
    /// <exception cref="WireException">There is no certificate in it, or all are out of date.</exception>
    public TlsCredentials Trusting(string pem, string source, TimeProvider time) =>
        new() { _own = _own, _leaf = _leaf, CertificateFile = CertificateFile, _authorities = Authorities(source, pem, time), AuthorityFile = source };

    /// <summary>For one connection. The caller may add its own validation; <see cref="ProblemOf"/> says what this one found.</summary>
    /// <param name="host">As the other side's certificate must name it, and as it is told (SNI, which AWS IoT wants).</param>
    /// <param name="protocol">For ALPN; null: none is named.</param>
    public SslClientAuthenticationOptions ClientOptions(string host, string? protocol)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificateContext = _own,
            // As HttpClient has it: lists of a private authority are rarely reachable from where cameras are.
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (protocol is not null) options.ApplicationProtocols = [new SslApplicationProtocol(protocol)];
        if (_authorities is null) return options;
        options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(_authorities);
        return options;
    }

    /// <summary>What became of the certificate since it was read; null where it still holds.</summary>
    internal string? OutOfDate(TimeProvider time) => _leaf is null ? null : DateProblem(CertificateFile!, _leaf, time);

    /// <returns>What is wrong with the other side's certificate in .NET's words; null where nothing is.</returns>
    public static string? ProblemOf(X509Chain? chain, SslPolicyErrors errors) => errors == SslPolicyErrors.None
        ? null
        : string.Join(", ", new[] { errors.ToString() }.Concat(chain?.ChainStatus.Select(static status => status.StatusInformation.Trim()) ?? []));

    private static string Read(string file, string wanted)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new WireException($"{file} cannot be read ({unreadable.Message}); wanted {wanted}, in PEM", unreadable);
        }
    }

    // Of several, as in a bundle, some may be past their time.
    private static X509Certificate2Collection Authorities(string source, string pem, TimeProvider time)
    {
        var found = Certificates(source, pem);
        var valid = found.Where(authority => DateProblem(source, authority, time) is null).ToArray();
        return valid.Length > 0 ? [.. valid] : throw new WireException(DateProblem(source, found[0], time)!);
    }

    private static X509Certificate2Collection Certificates(string source, string pem)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException broken)
        {
            throw new WireException($"{source} holds a certificate that cannot be read ({broken.Message}); wanted PEM as it was issued", broken);
        }
        if (found.Count == 0)
            throw new WireException($"{source} holds no certificate{(pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal) ? " but a private key: are --cert and --key the wrong way round?" : "")}; wanted PEM, which begins with -----BEGIN CERTIFICATE-----");
        return found;
    }

    private static X509Certificate2 Pair(string certificateFile, X509Certificate2 certificate, string keyFile, string pem)
    {
        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
            throw new WireException($"{keyFile} is encrypted; wanted a private key without a password, in a file that only this user may read");
        if (!pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw new WireException($"{keyFile} holds no private key{(pem.Contains("CERTIFICATE-----", StringComparison.Ordinal) ? " but a certificate: are --cert and --key the wrong way round?" : "")}; wanted PEM, which begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----");
        try
        {
            var pair = X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), pem);
            return KeysNeedAStore ? X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null) : pair;
        }
        catch (ArgumentException mismatch)
        {
            throw new WireException($"the private key in {keyFile} is not that of the certificate in {certificateFile} ({certificate.Subject}); wanted the two that were issued together", mismatch);
        }
        catch (CryptographicException broken)
        {
            throw new WireException($"{keyFile} holds a private key that cannot be read ({broken.Message}), or not of the kind ({certificate.PublicKey.Oid.FriendlyName}) of the certificate in {certificateFile}", broken);
        }
    }

    private static string? DateProblem(string source, X509Certificate2 certificate, TimeProvider time)
    {
        var (now, from, to) = (time.GetUtcNow().UtcDateTime, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        if (now > to) return $"the certificate in {source} ({certificate.Subject}) expired at {to:yyyy-MM-dd HH:mm:ss}Z; have a new one issued";
        return now < from ? $"the certificate in {source} ({certificate.Subject}) is valid from {from:yyyy-MM-dd HH:mm:ss}Z on, and here it is {now:yyyy-MM-dd HH:mm:ss}Z; set the clock" : null;
    }
}
