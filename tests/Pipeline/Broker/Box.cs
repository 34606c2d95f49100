using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>An MQTT broker on a free port with clients to try it, and the lines that it logged. Fails the test on a logged error.</summary>
internal sealed class Box : IAsyncDisposable
{
    private readonly Lines _lines;
    private readonly ConcurrentBag<IMqttClient> _clients = [];

    private Box(MqttBroker broker, Lines lines)
    {
        Broker = broker;
        _lines = lines;
    }

    public MqttBroker Broker { get; }

    public IEnumerable<string> Warnings => _lines.Logged.Where(l => l.Level == LogLevel.Warning).Select(l => l.Text);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="options">The port is any free one.</param>
    /// <param name="time">The broker's clock; the real one where nothing is said.</param>
    public static async Task<Box> StartAsync(MqttServerOptions options, TimeProvider? time = null)
    {
        var lines = new Lines();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(lines).SetMinimumLevel(LogLevel.Debug));
        return new(await MqttBroker.StartAsync(options with { Port = 0 }, loggers, time ?? TimeProvider.System, Ct), lines);
    }

    /// <summary>cam-1 and cam-2 may log in, both with "secret", and core with "secret" and the core's rights.</summary>
    private static readonly Lazy<MqttUsers> Users = new(() =>
    {
        var file = Path.GetTempFileName();
        MqttUsers.Add(file, "cam-1", "secret", core: false);
        MqttUsers.Add(file, "cam-2", "secret", core: false);
        MqttUsers.Add(file, "core", "secret", core: true);
        var users = MqttUsers.Load(file);
        File.Delete(file);
        return users;
    });

    public static Task<Box> StartWithUsersAsync(MqttServerOptions? options = null) => StartAsync((options ?? new()) with { Users = Users.Value });

    public async Task<(IMqttClient Client, MqttClientConnectResult Result)> ConnectAsync(
        string clientId, string? user = null, string password = "secret", MqttProtocolVersion version = MqttProtocolVersion.V500, Action<MqttClientOptionsBuilder>? more = null)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        _clients.Add(client);
        var options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", Broker.Port).WithClientId(clientId).WithProtocolVersion(version);
        if (user is not null)
            options.WithCredentials(user, password);
        more?.Invoke(options);
        return (client, await client.ConnectAsync(options.Build(), Ct));
    }

    public async Task<IMqttClient> LogInAsync(string clientId, string? user = null, MqttProtocolVersion version = MqttProtocolVersion.V500)
    {
        var (client, result) = await ConnectAsync(clientId, user, version: version);
        Assert.Equal(MqttClientConnectResultCode.Success, result.ResultCode);
        return client;
    }

    public static Task<MqttClientPublishResult> PublishAsync(IMqttClient client, string topic, byte[]? payload = null, int qos = 1) => client.PublishAsync(
        new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload ?? [1]).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos).Build(), Ct);

    public static async Task<MqttClientSubscribeResultCode> SubscribeAsync(IMqttClient client, string filter, int qos = 1)
    {
        var result = await client.SubscribeAsync(new MqttTopicFilterBuilder().WithTopic(filter).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos).Build(), Ct);
        return result.Items.Single().ResultCode;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await Broker.DisposeAsync();
        Assert.DoesNotContain(_lines.Logged, l => l.Level >= LogLevel.Error);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> Logged { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Logged.Enqueue((logLevel, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
