using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sightline.Edge.Greengrass;

/// <summary>
/// The operations of the nucleus that the core uses, over an <see cref="IpcLink"/> that stays the caller's. Thread-safe. A request over
/// <c>largestMessage</c> bytes is refused here, since some nucleus closes the connection at it; 0: none is too large.
/// </summary>
internal sealed class Nucleus(IpcLink link, int largestMessage = 0)
{
    private const string AtLeastOnce = "1";

    /// <summary>A part of this component's configuration: a map, or a map with the last key where the key has another value. Null where there is no such key.</summary>
    public async Task<JsonElement?> GetConfigurationAsync(IReadOnlyList<string> keyPath, CancellationToken ct)
    {
        try
        {
            var answer = await CallAsync("GetConfiguration", Json(new ConfigurationPath(keyPath), IpcJson.Compact.ConfigurationPath), ct);
            return Read(answer, IpcJson.Compact.ConfigurationFound, "GetConfiguration").Value;
        }
        catch (IpcException missing) when (missing.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Merges <paramref name="value"/> into this component's configuration. An older <paramref name="at"/> than that of what is there changes nothing.</summary>
    public Task UpdateConfigurationAsync(IReadOnlyList<string> keyPath, JsonElement value, DateTimeOffset at, CancellationToken ct) =>
        CallAsync("UpdateConfiguration", Json(new ConfigurationChange(keyPath, at, value), IpcJson.Compact.ConfigurationChange), ct);

    /// <summary>Told of every change, not of what it is; and after every interruption, since changes may have been missed.</summary>
    public IpcSubscription SubscribeToConfigurationUpdate(Action onChange) =>
        link.Subscribe("configuration updates", "SubscribeToConfigurationUpdate",
            Json(new ConfigurationPath([]), IpcJson.Compact.ConfigurationPath), _ => onChange(), onChange);

    public Task UpdateStateAsync(ComponentState state, CancellationToken ct) =>
        CallAsync("UpdateState", Json(new StateChange(state == ComponentState.Running ? "RUNNING" : "ERRORED"), IpcJson.Compact.StateChange), ct);

    public Task PublishToTopicAsync(string topic, byte[] message, CancellationToken ct) => CallAsync("PublishToTopic", ToTopic(topic, message), ct);

    /// <summary>Whether <see cref="PublishToTopicAsync"/> would send it.</summary>
    public bool FitsTopic(string topic, byte[] message) => Fits("PublishToTopic", ToTopic(topic, message));

    /// <summary>The payload of either kind of message: bytes as they are, JSON as its text. What cannot be read is null.</summary>
    public IpcSubscription SubscribeToTopic(string topic, Action<byte[]?> onMessage) =>
        link.Subscribe($"the local topic {topic}", "SubscribeToTopic", Json(new TopicFilter(topic), IpcJson.Compact.TopicFilter),
            payload => onMessage(PayloadOf(payload)), static () => { });

    public Task PublishToIotCoreAsync(string topic, byte[] message, CancellationToken ct) => CallAsync("PublishToIoTCore", ToIotCore(topic, message), ct);

    /// <summary>Whether <see cref="PublishToIotCoreAsync"/> would send it.</summary>
    public bool FitsIotCore(string topic, byte[] message) => Fits("PublishToIoTCore", ToIotCore(topic, message));

    /// <summary>As <see cref="SubscribeToTopic"/>, from the cloud.</summary>
    public IpcSubscription SubscribeToIotCore(string topic, Action<byte[]?> onMessage) =>
        link.Subscribe($"the topic {topic} of AWS IoT Core", "SubscribeToIoTCore", Json(new IotCoreFilter(topic, AtLeastOnce), IpcJson.Compact.IotCoreFilter),
            payload => onMessage(TryRead(payload, IpcJson.Compact.IotCoreEvent)?.Message?.Payload), static () => { });

    private static byte[] ToTopic(string topic, byte[] message) => Json(new TopicMessage(topic, new(BinaryMessage: new(message))), IpcJson.Compact.TopicMessage);

    private static byte[] ToIotCore(string topic, byte[] message) => Json(new IotCorePublish(topic, AtLeastOnce, message), IpcJson.Compact.IotCorePublish);

    private bool Fits(string operation, byte[] request) => largestMessage == 0 || IpcConnection.LengthOf(operation, request) <= largestMessage;

    private Task<ReadOnlyMemory<byte>> CallAsync(string operation, byte[] request, CancellationToken ct) => Fits(operation, request)
        ? link.CallAsync(operation, request, ct)
        : throw new IpcException($"{operation} makes a message of {IpcConnection.LengthOf(operation, request)} bytes, and this nucleus takes {largestMessage}");

    private static byte[]? PayloadOf(ReadOnlyMemory<byte> payload) => TryRead(payload, IpcJson.Compact.TopicPayload) switch
    {
        { BinaryMessage.Message: { } bytes } => bytes,
        { JsonMessage: { Message.ValueKind: not JsonValueKind.Undefined } json } => JsonSerializer.SerializeToUtf8Bytes(json.Message, IpcJson.Compact.JsonElement),
        _ => null,
    };

    private static byte[] Json<T>(T request, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(request, type);

    private static T Read<T>(ReadOnlyMemory<byte> answer, JsonTypeInfo<T> type, string operation) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Span, type) ?? throw new IpcException($"the nucleus answered null to {operation}");
        }
        catch (JsonException wrong)
        {
            throw new IpcException($"the nucleus answered {operation} with what cannot be read: {wrong.Message}", wrong);
        }
    }

    private static T? TryRead<T>(ReadOnlyMemory<byte> payload, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(payload.Span, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What a component may say of itself (https://docs.aws.amazon.com/greengrass/v2/developerguide/ipc-component-lifecycle.html).</summary>
internal enum ComponentState
{
    Running,
    Errored,
}
