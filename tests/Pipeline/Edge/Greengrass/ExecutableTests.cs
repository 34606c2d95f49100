using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sightline.Broker;
using Sightline.Pipeline.App;
using Sightline.Pipeline.Wire;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge.Greengrass;

/// <summary>The executable as the nucleus starts it: told by variables who it is, with credentials from the token exchange service.</summary>
public sealed class ExecutableTests : IAsyncDisposable
{
    private const string KeyId = "ASIASIGHTLINETEST";
    private const string Secret = "a-secret-of-the-role-that-lasts-an-hour";

    private readonly LogBook _log = new();
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;
    private MqttBroker _broker = null!;
    private SqsServer _sqs = null!;
    private StandIn _nucleus = null!;
    private FileServer _credentials = null!;
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-component-").FullName;
    private int _served;

    public async ValueTask DisposeAsync()
    {
        await _nucleus.DisposeAsync();
        await _credentials.DisposeAsync();
        await _sqs.DisposeAsync();
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        Assert.Empty(_log.Errors);
    }

    [Fact]
    public async Task It_signs_with_credentials_of_the_token_exchange_service_and_stops_within_five_seconds_of_SIGTERM()
    {
        await StartAsync();
        await using var core = Start();
        var ready = await core.ReadyAsync(_cancel);
        Assert.Equal((_nucleus.SocketFile, "aws", "builtin"), (ready["nucleus"], ready["sqs"], ready["detector"]));
        Assert.True(_served > 0);
        await Soon.Until(() => _nucleus.Operations.ReportedStates.Contains("RUNNING"));

        await using var device = await TestDevice.ConnectAsync(_broker.Port, "front-door-IoTThing");
        await device.SendAsync("7", Photo.Empty());
        Assert.Equal(Sightline.Wire.Results.NoFace, (await device.AnswerAsync()).Result);
        await Soon.Until(() => !_nucleus.Operations.Published.IsEmpty);

        await device.SendAsync("8", Cast.Couple());
        using var sqs = SqsEndpoint.At(_sqs.Url).SignedBy(KeyId, Secret).Connect();
        var queue = await SqsQueue.OpenAsync(sqs, "sightline-requests", _cancel);
        await Soon.Until(async () => (await queue.DepthAsync(_cancel)).Waiting == 1);

        var clock = Stopwatch.StartNew();
        core.Terminate();
        var (code, _, error) = await core.EndAsync();
        Assert.True(code == 0, error);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"it took {clock.Elapsed} to stop");
        Assert.DoesNotContain(_nucleus.Token, error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_setting_ends_it_with_a_line_that_leads_on()
    {
        await StartAsync(new() { ["minFce"] = 40 });
        var (code, _, error) = await Start().EndAsync();
        Assert.Equal(1, code);
        Assert.Contains("sightline: there is no setting 'minFce' (it is 40 here)", error, StringComparison.Ordinal);
        Assert.Contains("More: docs/operate.md#greengrass", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Equal(["ERRORED"], _nucleus.Operations.ReportedStates);
    }

    [Fact]
    public async Task A_nucleus_that_was_started_anew_is_told_by_the_exit_code_that_it_has_to_start_this_one_too()
    {
        await StartAsync();
        await using var core = Start();
        await core.ReadyAsync(_cancel);
        await _nucleus.StopAsync();
        _nucleus.Start();
        var (code, _, error) = await core.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains("gives this component one when it starts it", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_of_Greengrass_it_says_what_is_missing()
    {
        await StartAsync();
        var (code, _, error) = await App.Program.RunAsync(["edge", "--greengrass"]);
        Assert.Equal(2, code);
        Assert.Contains("--greengrass: AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT is not set", error, StringComparison.Ordinal);
        (code, _, error) = await App.Program.RunAsync(["edge", "--greengrass"], null, ("AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT", "gg-ipc.socket"), ("SVCUID", ""));
        Assert.Equal(2, code);
        Assert.Contains("--greengrass: SVCUID is not set", error, StringComparison.Ordinal);
        (code, _, error) = await App.Program.RunAsync(["edge", "--greengrass"], null, ("AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT", "/" + new string('x', 200)), ("SVCUID", "x"));
        Assert.Equal(1, code);
        Assert.Contains("can be no socket", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task The_scripts_of_the_recipe_start_it_wherever_the_nucleus_puts_it(bool lite, bool unpacked)
    {
        await StartAsync();
        var architecture = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "amd64";
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(RecipeFile(), _cancel))!["Manifests"]!.AsArray()
            .Single(one => (string?)one!["Platform"]!["architecture"] == architecture && one["Platform"]!["runtime"] is not null == lite)!;
        var script = (string)manifest["Lifecycle"]![lite ? "run" : "startup"]!["Script"]!;
        // Nucleus lite unpacks no archive of a local deployment; what lies beside it unpacked is used then.
        var packages = Directory.CreateDirectory(Path.Combine(_folder, unpacked ? "artifacts-unarchived" : "artifacts")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(packages, $"sightline-{architecture}"), AppContext.BaseDirectory);
        script = script.Replace("{artifacts:decompressedPath}", Path.Combine(_folder, "artifacts-unarchived"), StringComparison.Ordinal)
            .Replace("{artifacts:path}", Path.Combine(_folder, "artifacts"), StringComparison.Ordinal);
        var work = Directory.CreateDirectory(Path.Combine(_folder, "work")).FullName;

        await using var core = App.Program.StartShell(script, work, Environment);
        await Soon.Until(() => _nucleus.Operations.ReportedStates.Contains("RUNNING"));
        core.Terminate(); // of the shell's own process, in whose place the core is
        Assert.Equal(0, (await core.EndAsync()).Code);
        Assert.True(File.Exists(Path.Combine(work, "books.db")));
    }

    private static string RecipeFile([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "..", "deploy", "greengrass", "recipe.json");

    /// <summary>As recipe-runner of nucleus lite sets the environment, but for the endpoint of SQS, which is the box.</summary>
    private (string Name, string Value)[] Environment =>
    [
        ("AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT", _nucleus.SocketFile), ("SVCUID", _nucleus.Token), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", _nucleus.Token),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", $"http://localhost:{_credentials.Url.Port}/2016-11-01/credentialprovider/"),
        ("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_IOT_THING_NAME", "core"), ("GGC_VERSION", "2.6.0"),
        ("HOME", "/nonexistent"), ("SIGHTLINE_DATA", _folder), ("AWS_ENDPOINT_URL_SQS", _sqs.Url.ToString()),
    ];

    private App.Program Start() => App.Program.Start(["edge", "--greengrass", "--ipc-limit", "9800"], Environment);

    private async Task StartAsync(JsonObject? settings = null)
    {
        _broker = await MqttBroker.StartAsync(new MqttServerOptions { Port = 0 }, _log, TimeProvider.System, _cancel);
        _sqs = await SqsServer.StartAsync(new SqsServerOptions
        {
            Port = 0,
            Keys = new AccessKeys(new AccessKey(KeyId, Secret)),
            Queues = [new("sightline-requests"), new("sightline-answers")],
        }, _log, TimeProvider.System, _cancel);
        var configuration = JsonNode.Parse("""
            {"sqs": "aws", "detector": "builtin", "answersTopic": "sightline/+/answers", "accessControl": {
              "aws.greengrass.ipc.pubsub": {"p": {"operations": ["aws.greengrass#PublishToTopic"], "resources": ["sightline/*/answers"]}}}}
            """)!.AsObject();
        configuration["broker"] = $"mqtt://127.0.0.1:{_broker.Port}";
        foreach (var (key, value) in settings ?? []) configuration[key] = value?.DeepClone();
        _nucleus = StandIn.Start(configuration);
        _credentials = await FileServer.StartAsync(ServeAsync);
    }

    // As documented, and as tes-serverd answers: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html.
    private async Task ServeAsync(HttpContext context, int request)
    {
        var good = context.Request is { Method: "GET", Path.Value: "/2016-11-01/credentialprovider/" } && context.Request.Headers.Authorization == _nucleus.Token;
        context.Response.StatusCode = good ? (int)HttpStatusCode.OK : (int)HttpStatusCode.Forbidden;
        if (!good) return;
        Interlocked.Increment(ref _served);
        await context.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            AccessKeyId = KeyId,
            SecretAccessKey = Secret,
            Token = "a-session-token",
            Expiration = TimeProvider.System.GetUtcNow().AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        }), _cancel);
    }
}
