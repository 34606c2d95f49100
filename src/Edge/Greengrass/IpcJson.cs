using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sightline.Edge.Greengrass;

// The shapes of the operations that the core uses, as the SDK's model has them:
// https://github.com/awslabs/smithy-iot-device-sdk-greengrass-ipc, greengrass-ipc.smithy. What is null is left out: nucleus lite refuses "keyPath": null.

internal sealed record IpcConnect(string AuthToken);

internal sealed record IpcErrorBody(
    [property: JsonPropertyName("_message")] string? UnderscoredMessage, [property: JsonPropertyName("_errorCode")] string? ErrorCode, string? Message);

internal sealed record ConfigurationPath(IReadOnlyList<string> KeyPath, string? ComponentName = null);

internal sealed record ConfigurationFound(string? ComponentName, JsonElement Value);

internal sealed record ConfigurationChange(
    IReadOnlyList<string> KeyPath, [property: JsonConverter(typeof(IpcTime))] DateTimeOffset Timestamp, JsonElement ValueToMerge);

internal sealed record StateChange(string State);

internal sealed record TopicFilter(string Topic);

internal sealed record TopicMessage(string Topic, TopicPayload PublishMessage);

/// <summary>Exactly one of the two is there.</summary>
internal sealed record TopicPayload(BinaryMessage? BinaryMessage = null, JsonMessage? JsonMessage = null);

internal sealed record BinaryMessage(byte[]? Message, MessageContext? Context = null);

internal sealed record JsonMessage(JsonElement Message, MessageContext? Context = null);

internal sealed record MessageContext(string? Topic);

/// <summary>At least once is "1".</summary>
internal sealed record IotCoreFilter(string TopicName, string Qos);

internal sealed record IotCorePublish(string TopicName, string Qos, byte[] Payload);

internal sealed record IotCoreEvent(IotCoreMessage? Message);

internal sealed record IotCoreMessage(string? TopicName, byte[]? Payload);

/// <summary>
/// Seconds since 1970, always with a fraction: nucleus lite takes 1795357411.0 and refuses 1795357411, which is how .NET writes a double without one.
/// </summary>
internal sealed class IpcTime : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTimeOffset.UnixEpoch.AddSeconds(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteRawValue((value.ToUnixTimeMilliseconds() / 1000m).ToString("0.000", CultureInfo.InvariantCulture));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IpcConnect))]
[JsonSerializable(typeof(IpcErrorBody))]
[JsonSerializable(typeof(ConfigurationPath))]
[JsonSerializable(typeof(ConfigurationFound))]
[JsonSerializable(typeof(ConfigurationChange))]
[JsonSerializable(typeof(StateChange))]
[JsonSerializable(typeof(TopicFilter))]
[JsonSerializable(typeof(TopicMessage))]
[JsonSerializable(typeof(TopicPayload))]
[JsonSerializable(typeof(IotCoreFilter))]
[JsonSerializable(typeof(IotCorePublish))]
[JsonSerializable(typeof(IotCoreEvent))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class IpcJson : JsonSerializerContext
{
    /// <summary>Without \u escapes where JSON needs none: every byte counts where a message may have 10,000.</summary>
    public static IpcJson Compact => field ??= new(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
