using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Sightline.Tests;

namespace Sightline.Pipeline.Wire;

/// <summary>A TLS server on loopback that asks for a client certificate, as AWS's servers do, and remembers who came and how. What is said over it is the test's affair.</summary>
internal sealed class TlsListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentQueue<Visit> _visits = new();
    private readonly List<Task> _running = [];
    private readonly Authority _things;
    private readonly SslServerAuthenticationOptions _options;
    private readonly Func<SslStream, CancellationToken, Task> _serve;

    private TlsListener(Authority authority, Func<SslStream, CancellationToken, Task> serve, string? protocol, Authority? things = null)
    {
        (_things, _serve) = (things ?? authority, serve);
        var (certificate, key) = authority.Issue("localhost");
        _options = new SslServerAuthenticationOptions
        {
            ServerCertificate = X509Certificate2.CreateFromPemFile(certificate, key),
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 one && IsOurs(one),
            ApplicationProtocols = protocol is null ? null : [new(protocol)],
        };
        _listener.Start();
        _running.Add(AcceptAsync());
    }

    /// <summary>A client that got through the handshake: the name in its certificate, the host it asked for, the protocol it named and got.</summary>
    public sealed record Visit(string Name, string Host, string Protocol);

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;
    public IReadOnlyList<Visit> Visits => [.. _visits];

    /// <param name="authority">Issues the server's certificate, and vouches for the clients'.</param>
    /// <param name="serve">One connection, after its handshake.</param>
    /// <param name="protocol">The one that ALPN may agree on; null: it is not asked.</param>
    public static TlsListener Start(Authority authority, Func<SslStream, CancellationToken, Task> serve, string? protocol = null) => new(authority, serve, protocol);

    /// <summary>TLS before something that speaks none; the clients' certificates are of <paramref name="things"/> where that is another authority.</summary>
    public static TlsListener Before(int port, Authority authority, string? protocol = null, Authority? things = null) => new(authority, async (tls, ct) =>
    {
        using var plain = new TcpClient();
        await plain.ConnectAsync(IPAddress.Loopback, port, ct);
        await Task.WhenAny(tls.CopyToAsync(plain.GetStream(), ct), plain.GetStream().CopyToAsync(tls, ct));
    }, protocol, things);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        Task[] running;
        lock (_running) running = [.. _running];
        await Task.WhenAll(running);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_closing.Token);
                lock (_running) _running.Add(ServeAsync(client));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var both = client;
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(_options, _closing.Token);
            var name = ((X509Certificate2)tls.RemoteCertificate!).GetNameInfo(X509NameType.SimpleName, forIssuer: false);
            _visits.Enqueue(new(name, tls.TargetHostName, tls.NegotiatedApplicationProtocol.ToString()));
            await _serve(tls, _closing.Token);
        }
        catch (Exception lost) when (lost is IOException or SocketException or OperationCanceledException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // Not let in, gone, or the test is over.
        }
    }

    private bool IsOurs(X509Certificate2 shown)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(_things.Pem);
        return chain.Build(shown);
    }
}
