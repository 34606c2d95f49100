using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sightline.Tests;

/// <summary>A certificate authority for a test, with what it issued, as PEM files in a folder of its own.</summary>
internal sealed class Authority : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sightline-authority-");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;

    /// <param name="name">Its common name.</param>
    /// <param name="above">Who vouches for it; null: it for itself.</param>
    public Authority(string name = "a test's authority", Authority? above = null)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _root = above is null
            ? request.CreateSelfSigned(Now.AddDays(-30), Now.AddDays(30))
            : request.Create(above._root.SubjectName, X509SignatureGenerator.CreateForECDsa(above._key), Now.AddDays(-20), Now.AddDays(20), RandomNumberGenerator.GetBytes(8));
        File = Write("authority.pem", Pem);
    }

    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>Its own certificate.</summary>
    public string File { get; }

    public string Pem => _root.ExportCertificatePem();

    public string Write(string name, string text)
    {
        var file = Path.Combine(_folder.FullName, name);
        System.IO.File.WriteAllText(file, text);
        return file;
    }

    /// <summary>Files of a certificate and its key: for localhost and 127.0.0.1, or in the name of a thing.</summary>
    public (string Certificate, string Key) Issue(string name, bool rsa = false, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        using AsymmetricAlgorithm key = rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA secret
            ? new CertificateRequest($"CN={name}", secret, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={name}", (ECDsa)key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost") names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = request.Create(
            _root.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), from ?? Now.AddDays(-1), to ?? Now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return (Write($"{name}.pem", certificate.ExportCertificatePem()), Write($"{name}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _root.Dispose();
        _key.Dispose();
    }
}
