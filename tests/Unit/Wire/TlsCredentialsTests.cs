using System.Security.Cryptography;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Unit.Wire;

public sealed class TlsCredentialsTests : IDisposable
{
    private readonly Authority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Certificate_key_and_authority_are_read_from_their_files(bool rsa)
    {
        var (certificate, key) = _authority.Issue("thing", rsa);
        var credentials = Load(certificate, key, _authority.File);
        Assert.Equal((certificate, _authority.File), (credentials.CertificateFile, credentials.AuthorityFile));
        var options = credentials.ClientOptions("host", "x-amzn-mqtt-ca");
        Assert.Equal("CN=thing", options.ClientCertificateContext!.TargetCertificate.Subject);
        Assert.True(options.ClientCertificateContext.TargetCertificate.HasPrivateKey);
        Assert.Single(options.CertificateChainPolicy!.CustomTrustStore);
        Assert.Equal("x-amzn-mqtt-ca", options.ApplicationProtocols!.Single().ToString());
    }

    [Fact]
    public void Intermediate_certificates_stand_behind_the_own_one()
    {
        using var below = new Authority("below", _authority);
        var (certificate, key) = below.Issue("thing");
        var chain = below.Write("chain.pem", File.ReadAllText(certificate) + "\n" + below.Pem);
        Assert.Single(Load(chain, key).ClientOptions("host", null).ClientCertificateContext!.IntermediateCertificates);
    }

    [Fact]
    public void Without_files_nothing_is_shown_and_this_machine_s_authorities_are_trusted()
    {
        var options = Load().ClientOptions("host", null);
        Assert.Null(options.ClientCertificateContext);
        Assert.Null(options.CertificateChainPolicy);
        Assert.Null(options.ApplicationProtocols);
    }

    [Fact]
    public void Every_wrong_file_is_named_with_what_is_wrong()
    {
        var (certificate, key) = _authority.Issue("thing");
        var (other, otherKey) = _authority.Issue("other");
        var rsaKey = _authority.Issue("rsa", rsa: true).Key;
        var (old, oldKey) = _authority.Issue("old", to: Authority.Now.AddHours(-1));
        var (young, youngKey) = _authority.Issue("young", from: Authority.Now.AddHours(1));
        using var rsa = RSA.Create(2048);
        var locked = _authority.Write("locked.key", rsa.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        var text = _authority.Write("text.pem", "hello");
        var torn = _authority.Write("torn.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        var tornKey = _authority.Write("torn.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        var missing = certificate + ".missing";

        Refused([missing, "cannot be read"], missing, key);
        Refused([missing, "cannot be read"], certificate, missing);
        Refused([missing, "cannot be read"], certificate, key, missing);
        Refused([certificate, "without its key"], certificate, null);
        Refused([key, "without its certificate"], null, key);
        Refused([text, "holds no certificate"], text, key);
        Refused([text, "holds no certificate"], certificate, key, text);
        Refused([text, "holds no private key"], certificate, text);
        Refused([key, "the wrong way round"], key, certificate);
        Refused([other, "the wrong way round"], certificate, other);
        Refused([torn, "cannot be read"], torn, key);
        Refused([tornKey, "cannot be read"], certificate, tornKey);
        Refused([otherKey, certificate, "is not that of the certificate"], certificate, otherKey);
        Refused([rsaKey, certificate], certificate, rsaKey);
        Refused([locked, "is encrypted"], certificate, locked);
        Refused([old, "CN=old", "expired at"], old, oldKey);
        Refused([young, "CN=young", "set the clock"], young, youngKey);
        Refused([old, "expired at"], certificate, key, old);
    }

    [Fact]
    public void Of_a_bundle_of_authorities_some_may_be_past_their_time()
    {
        var old = _authority.Issue("old", to: Authority.Now.AddHours(-1)).Certificate;
        var bundle = _authority.Write("bundle.pem", File.ReadAllText(old) + "\n" + _authority.Pem);
        Assert.Single(Load(authority: bundle).ClientOptions("host", null).CertificateChainPolicy!.CustomTrustStore);
    }

    private static void Refused(string[] words, string? certificate, string? key, string? authority = null)
    {
        var message = Assert.Throws<WireException>(() => Load(certificate, key, authority)).Message;
        Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
    }

    private static TlsCredentials Load(string? certificate = null, string? key = null, string? authority = null) => TlsCredentials.Load(certificate, key, authority, TimeProvider.System);
}
