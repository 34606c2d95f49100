using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.SQS;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>Which SQS the scenarios are run against: the box, unless one is named from outside; or moto's server.</summary>
internal sealed class Target : IAsyncDisposable
{
    private const string Variable = "SIGHTLINE_TEST_SQS_URL";

    private static readonly Dictionary<string, string> Signing = new()
    {
        ["AWS_ACCESS_KEY_ID"] = "local",
        ["AWS_SECRET_ACCESS_KEY"] = "local",
        ["AWS_REGION"] = "us-east-1",
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_CONFIG_FILE"] = "/dev/null",
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        ["AWS_PAGER"] = "",
    };

    private readonly SqsServer? _box;
    private readonly Process? _moto;
    private readonly Task _motoSays = Task.CompletedTask;

    private Target(Uri url, SqsServer box) => (Url, _box, Environment) = (url, box, Signing);

    private Target(Uri url, Process moto, Task says) => (Url, _moto, _motoSays, Environment) = (url, moto, says, Signing);

    private Target(Uri foreign) => (Url, Environment) = (foreign, new Dictionary<string, string> { ["AWS_PAGER"] = "" });

    public Uri Url { get; }

    /// <summary>For programs: which key signs. Of a foreign endpoint nothing, they find it as this process does.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Amazon's, or anybody's, named from outside.</summary>
    public bool IsForeign => _box is null && _moto is null;

    public bool IsMoto => _moto is not null;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>With a key, so that what the clients sign is checked too.</summary>
    public static async Task<Target> StartAsync()
    {
#pragma warning disable RS0030 // A test run is told its endpoint from outside, as every AWS tool is.
        var foreign = System.Environment.GetEnvironmentVariable(Variable);
#pragma warning restore RS0030
        if (!string.IsNullOrEmpty(foreign))
            return new(Uri.TryCreate(foreign, UriKind.Absolute, out var url) ? url : throw new InvalidOperationException($"{Variable}: got '{foreign}', wanted a URL such as https://sqs.eu-central-1.amazonaws.com"));
        var box = await SqsServer.StartAsync(new() { Port = 0, Keys = new([new AccessKey("local", "local")]) }, NullLoggerFactory.Instance, TimeProvider.System, Ct);
        return new(box.Url, box);
    }

    /// <summary>https://docs.getmoto.org/en/latest/docs/server_mode.html; where there is none, the test is skipped by name.</summary>
    public static async Task<Target> StartMotoAsync()
    {
        var program = Tool.Require("moto_server");
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0)) // it says in its own words only which one it took
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var url = new Uri($"http://127.0.0.1:{port}/");
        var moto = Tool.Start(program, ["-p", $"{port}", "-H", "127.0.0.1"], Signing);
        moto.StandardInput.Close();
        var says = Task.WhenAll(moto.StandardOutput.ReadToEndAsync(CancellationToken.None), moto.StandardError.ReadToEndAsync(CancellationToken.None));
        using var http = new HttpClient();
        await Wire.Soon.Until(async () =>
        {
            if (moto.HasExited)
                Assert.Skip($"moto_server does not start here: {string.Join("", await (Task<string[]>)says)}");
            try
            {
                using var answer = await http.GetAsync(url, Ct);
                return true;
            }
            catch (HttpRequestException)
            {
                return false; // not listening yet
            }
        });
        return new(url, moto, says);
    }

    public DotNetClient Connect()
    {
        var config = new AmazonSQSConfig { ServiceURL = Url.AbsoluteUri, MaxErrorRetry = IsForeign ? 4 : 0 };
        if (IsForeign)
        {
            config.AuthenticationRegion = FallbackRegionFactory.GetRegionEndpoint()?.SystemName ?? Signing["AWS_REGION"];
            return new(new(config));
        }

        config.AuthenticationRegion = Signing["AWS_REGION"];
        return new(new(new BasicAWSCredentials(Signing["AWS_ACCESS_KEY_ID"], Signing["AWS_SECRET_ACCESS_KEY"]), config));
    }

    public async ValueTask DisposeAsync()
    {
        if (_box is not null)
            await _box.DisposeAsync();
        if (_moto is null)
            return;
        _moto.Kill(entireProcessTree: true); // a version manager's shim may have started the program itself
        await _moto.WaitForExitAsync(CancellationToken.None);
        await _motoSays;
        _moto.Dispose();
    }
}
