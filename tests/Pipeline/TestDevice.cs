using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Sightline.Wire;

namespace Sightline.Pipeline;

/// <summary>A device that is not ours: MQTTnet's own client, bare, that publishes what a test wants and collects what comes back.</summary>
internal sealed class TestDevice : IAsyncDisposable
{
    // Far more than any answer takes, so that a test that fails says so instead of hanging.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly Channel<(Answer Answer, MqttApplicationMessage Message)> _answers = Channel.CreateUnbounded<(Answer, MqttApplicationMessage)>();

    private TestDevice(string name) => Name = name;

    public string Name { get; }
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<TestDevice> ConnectAsync(int port, string name, MqttProtocolVersion version = MqttProtocolVersion.V500)
    {
        var device = new TestDevice(name);
        device._client.ApplicationMessageReceivedAsync += received =>
        {
            var answer = JsonSerializer.Deserialize(received.ApplicationMessage.Payload.ToArray(), WireJson.Default.Answer)!;
            device._answers.Writer.TryWrite((answer, received.ApplicationMessage));
            return Task.CompletedTask;
        };
        var options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithClientId(name).WithProtocolVersion(version).Build();
        await device._client.ConnectAsync(options, Ct);
        await device._client.SubscribeAsync($"clients/{name}/#", MqttQualityOfServiceLevel.AtLeastOnce, Ct);
        return device;
    }

    public Task SendAsync(string requestId, byte[] image, string? filename = null) =>
        PublishAsync(JsonSerializer.SerializeToUtf8Bytes(new FrameMessage { RequestId = requestId, Encoded = image, Filename = filename }, WireJson.Default.FrameMessage));

    public async Task PublishAsync(byte[] payload, Action<MqttApplicationMessageBuilder>? more = null)
    {
        var message = new MqttApplicationMessageBuilder().WithTopic(Topics.Frames(Name)).WithPayload(payload).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
        more?.Invoke(message);
        var outcome = await _client.PublishAsync(message.Build(), Ct);
        Assert.True(outcome.IsSuccess, $"the broker said {outcome.ReasonCode} {outcome.ReasonString}");
    }

    public async Task<Answer> AnswerAsync() => (await AnswerMessageAsync()).Answer;

    public async Task<(Answer Answer, MqttApplicationMessage Message)> AnswerMessageAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(Patience);
        try
        {
            return await _answers.Reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!Ct.IsCancellationRequested)
        {
            throw new TimeoutException($"{Name} waited {Patience.TotalSeconds} s for an answer");
        }
    }

    public async Task<IReadOnlyList<Answer>> AnswersAsync(int count)
    {
        var answers = new List<Answer>();
        while (answers.Count < count) answers.Add(await AnswerAsync());
        return answers;
    }

    /// <summary>Answers that came and that no test has asked for.</summary>
    public int Unread => _answers.Reader.Count;

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected) await _client.DisconnectAsync(cancellationToken: CancellationToken.None);
        _client.Dispose();
    }
}
