using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sightline.Broker.Sqs;

namespace Sightline.Broker;

/// <summary>
/// Amazon SQS in a box: standard queues in one file, AWS JSON 1.0 and the query protocol over HTTP. Without keys it listens on loopback
/// and whoever can log in to this machine may use it, with keys who signs with one; web pages may not (<see cref="LoopbackGuard"/>).
/// </summary>
public sealed class SqsServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Queues _queues;
    private readonly CancellationTokenSource _stopping;
    private bool _disposed;

    private SqsServer(WebApplication app, Queues queues, CancellationTokenSource stopping, Uri url)
    {
        _app = app;
        _queues = queues;
        _stopping = stopping;
        Url = url;
    }

    /// <summary>The endpoint, with the port that was taken: <c>http://127.0.0.1:9324/</c>.</summary>
    public Uri Url { get; }

    internal Queues Queues => _queues;

    /// <exception cref="BrokerException">The port is taken, the address is off loopback and there are no keys, a queue of the options cannot be, or the file cannot be used.</exception>
    public static async Task<SqsServer> StartAsync(SqsServerOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        if (!IPAddress.IsLoopback(options.Address) && options.Keys is null)
        {
            throw new BrokerException($"The SQS endpoint does not listen on {options.Address} without keys: anybody in the network could take what it holds. " +
                "Make one (`sightline users key --file FILE`) and give --sqs-keys FILE, or leave it on loopback.");
        }

        var queues = Queues.Open(options.File, options.MaxBytes, time, loggers.CreateLogger<SqsServer>());
        try
        {
            Seed(queues, options.Queues);
            return await ListenAsync(queues, options, loggers, time, ct);
        }
        catch
        {
            queues.Dispose();
            throw;
        }
    }

    private static async Task<SqsServer> ListenAsync(Queues queues, SqsServerOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        var stopping = new CancellationTokenSource();
        var app = Build(options, loggers);
        var logger = loggers.CreateLogger<SqsServer>();
        var handler = new HttpHandler(queues, options.Keys is null ? null : new(options.Keys, time, logger), logger, stopping.Token);
        app.UseLoopbackGuard(options.Address);
        app.Run(handler.HandleAsync);
        try
        {
            await app.StartAsync(ct);
        }
        catch (IOException e)
        {
            await app.DisposeAsync();
            stopping.Dispose();
            var where = new IPEndPoint(options.Address, options.Port);
            throw e.InnerException is AddressInUseException
                ? BrokerException.PortTaken("The SQS endpoint", where, "--sqs-port", e)
                : BrokerException.CannotListen("The SQS endpoint", where, e);
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new(app, queues, stopping, Reachable(new(address)));
    }

    /// <summary>Long polls end at once, empty; then the connections close.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        await _stopping.CancelAsync();
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
            await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        _queues.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Nobody can connect to 0.0.0.0 or [::]; who listens there listens on loopback too.</summary>
    private static Uri Reachable(Uri url) => !IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? url
        : address.Equals(IPAddress.Any) ? new UriBuilder(url) { Host = "127.0.0.1" }.Uri
        : address.Equals(IPAddress.IPv6Any) ? new UriBuilder(url) { Host = "[::1]" }.Uri
        : url;

    private static WebApplication Build(SqsServerOptions options, ILoggerFactory loggers)
    {
        // Empty: no configuration files, no environment variables of ASP.NET's, no signal handlers; all that belongs to App.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Limits.RequestBytes;
            // Each may hold a request of RequestBytes; a device, a core, a recognizer and their long polls need a handful.
            kestrel.Limits.MaxConcurrentConnections = 256;
            kestrel.Listen(options.Address, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        return builder.Build();
    }

    private static void Seed(Queues queues, IReadOnlyList<QueueSpec> specs)
    {
        // Dead letters first: a redrive policy may only name a queue that exists.
        var dead = specs.Select(s => s.DeadLetter).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var spec in specs.Where(s => queues.Find(s.Name) is null).OrderByDescending(s => dead.Contains(s.Name)))
        {
            var attributes = new Dictionary<string, string> { ["VisibilityTimeout"] = spec.VisibilitySeconds.ToString(CultureInfo.InvariantCulture) };
            if (spec.DeadLetter is { } target)
                attributes["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"{{QueueName.Arn(target)}}","maxReceiveCount":{{spec.MaxReceiveCount}}}""";
            if (queues.Create(spec.Name, attributes) is { } error)
                throw new BrokerException($"The queue {spec.Name} cannot be created: {error.Message}");
        }

        foreach (var spec in specs.Where(s => s.ReservedShare > 0))
            queues.Reserve(queues.Find(spec.Name)!, spec.ReservedShare);
    }

    /// <summary>Ctrl-C and SIGTERM are App's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
