using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sightline.Pipeline.Edge.Greengrass;

/// <summary>What the nucleus does for a component: its configuration, its state, local topics and those of AWS IoT Core.</summary>
internal sealed class StandInOperations(StandIn nucleus, JsonObject configuration)
{
    private static readonly string[] States = ["RUNNING", "ERRORED", "NEW", "INSTALLED", "STARTING", "STOPPING", "FINISHED", "BROKEN"];

    private readonly Lock _lock = new();
    private readonly List<Subscription> _subscriptions = [];
    private double _configuredAt;

    private sealed record Subscription(StandIn.Session Session, int Stream, string Kind, string Filter);

    /// <summary>What the component said of itself, in order.</summary>
    public ConcurrentQueue<string> ReportedStates { get; } = new();

    /// <summary>What was published on local topics, and to AWS IoT Core.</summary>
    public ConcurrentQueue<(string Topic, string Text)> Published { get; } = new();
    public ConcurrentQueue<(string Topic, string Text)> ToCloud { get; } = new();

    /// <summary>A copy of the component's configuration as it is now.</summary>
    public JsonObject Configuration { get { lock (_lock) return (JsonObject)configuration.DeepClone(); } }

    public bool IsSubscribed(string kind, string filter = "")
    {
        lock (_lock) return _subscriptions.Exists(s => s.Kind == kind && s.Filter == filter);
    }

    /// <summary>As a deployment merges: each key is written, and told, by itself.</summary>
    public async Task DeployAsync(JsonObject merge)
    {
        foreach (var (key, value) in merge)
        {
            lock (_lock) configuration[key] = value?.DeepClone();
            await TellConfigurationAsync(key);
        }
    }

    /// <summary>As a deployment resets.</summary>
    public async Task ResetAsync(string key)
    {
        lock (_lock) configuration.Remove(key);
        await TellConfigurationAsync(key);
    }

    /// <summary>As another component publishes.</summary>
    public Task PublishAsync(string topic, byte[] message) => TellAsync("topic", topic, new JsonObject
    {
        ["binaryMessage"] = new JsonObject { ["message"] = Convert.ToBase64String(message), ["context"] = new JsonObject { ["topic"] = topic } },
    }.ToJsonString());

    public Task PublishJsonAsync(string topic, string json) => TellAsync("topic", topic, new JsonObject
    {
        ["jsonMessage"] = new JsonObject { ["message"] = JsonNode.Parse(json), ["context"] = new JsonObject { ["topic"] = topic } },
    }.ToJsonString());

    /// <summary>As somebody publishes in the cloud.</summary>
    public Task PublishFromCloudAsync(string topic, byte[] message) => TellAsync("cloud", topic, new JsonObject
    {
        ["message"] = new JsonObject { ["topicName"] = topic, ["payload"] = Convert.ToBase64String(message) },
    }.ToJsonString());

    public async Task AnswerAsync(StandIn.Session session, int stream, string operation, JsonElement body)
    {
        var (error, answer, after) = Do(session, stream, operation, body);
        if (error is { } wrong)
        {
            await session.ErrorAsync(stream, wrong.Code, wrong.Text);
            return;
        }
        if (nucleus.EventsFirst) await after();
        await session.AnswerAsync(stream, operation, answer);
        if (!nucleus.EventsFirst) await after();
    }

    /// <summary>The nucleus ends a subscription, with or without a word.</summary>
    public async Task EndAsync(string kind, bool silently)
    {
        List<Subscription> ended;
        lock (_lock)
        {
            ended = _subscriptions.FindAll(s => s.Kind == kind);
            _subscriptions.RemoveAll(s => s.Kind == kind);
        }
        if (silently) return;
        foreach (var subscription in ended) await subscription.Session.ErrorAsync(subscription.Stream, "ServiceError", "the subscription ended");
    }

    public void ForgetSubscriptions(StandIn.Session? session = null, int? stream = null)
    {
        lock (_lock) _subscriptions.RemoveAll(s => (session is null || s.Session == session) && (stream is null || s.Stream == stream));
    }

    private ((string Code, string Text)? Error, JsonNode Answer, Func<Task> After) Do(StandIn.Session session, int stream, string operation, JsonElement body)
    {
        Func<Task> after = () => Task.CompletedTask;
        var answer = new JsonObject();
        string? Text(string key) => body.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        (string, string)? Subscribe(string kind, string filter)
        {
            lock (_lock) _subscriptions.Add(new(session, stream, kind, filter));
            return null;
        }

        (string, string)? error = operation switch
        {
            "GetConfiguration" => GetConfiguration(body, answer),
            "UpdateConfiguration" => UpdateConfiguration(body, out after),
            "SubscribeToConfigurationUpdate" => Subscribe("configuration", ""),
            "UpdateState" => UpdateState(Text("state")),
            "SubscribeToTopic" => Denied("aws.greengrass.ipc.pubsub", operation, Text("topic")) ?? Subscribe("topic", Text("topic")!),
            "PublishToTopic" => Denied("aws.greengrass.ipc.pubsub", operation, Text("topic")) ?? Publish(Text("topic")!, body, out after),
            "SubscribeToIoTCore" => Denied("aws.greengrass.ipc.mqttproxy", operation, Text("topicName")) ?? Subscribe("cloud", Text("topicName")!),
            "PublishToIoTCore" => Denied("aws.greengrass.ipc.mqttproxy", operation, Text("topicName")) ?? PublishToCloud(Text("topicName")!, body, out after),
            _ => ("ServiceError", ""),
        };
        return (error, answer, after);
    }

    private (string, string)? GetConfiguration(JsonElement body, JsonObject answer)
    {
        if (body.TryGetProperty("componentName", out var name) && name.GetString() != StandIn.Component) return ("ResourceNotFoundError", "Key not found.");
        JsonNode? found;
        string? last = null;
        lock (_lock) found = configuration.DeepClone();
        if (body.TryGetProperty("keyPath", out var path))
        {
            if (path.ValueKind != JsonValueKind.Array) return ("ServiceError", "");
            foreach (var key in path.EnumerateArray())
            {
                if (key.ValueKind != JsonValueKind.String) return ("ServiceError", "");
                found = (found as JsonObject)?[last = key.GetString()!];
            }
        }
        if (found is null) return ("ResourceNotFoundError", "Key not found.");
        answer["componentName"] = StandIn.Component;
        answer["value"] = found is JsonObject ? found.DeepClone() : new JsonObject { [last!] = found.DeepClone() };
        return null;
    }

    private (string, string)? UpdateConfiguration(JsonElement body, out Func<Task> after)
    {
        after = () => Task.CompletedTask;
        // A number without fraction and exponent is no 64-bit float to nucleus lite.
        if (!body.TryGetProperty("timestamp", out var at) || at.ValueKind != JsonValueKind.Number || !at.GetRawText().AsSpan().ContainsAny(".eE"))
            return ("InvalidArgumentsError", "Received invalid parameters.");
        if (!body.TryGetProperty("valueToMerge", out var merge) || merge.ValueKind != JsonValueKind.Object) return ("InvalidArgumentsError", "Received invalid parameters.");
        if (merge.TryGetProperty("accessControl", out _)) return ("InvalidArgumentsError", "Config update is not allowed for following field [accessControl]");
        if (at.GetDouble() < _configuredAt) return null; // answered as if it had been done
        _configuredAt = at.GetDouble();
        var values = JsonNode.Parse(merge.GetRawText())!.AsObject();
        after = () => DeployAsync(values);
        return null;
    }

    private (string, string)? UpdateState(string? state)
    {
        if (!States.Contains(state)) return ("ServiceError", "Failed to update the lifecycle state.");
        ReportedStates.Enqueue(state!);
        return null;
    }

    private (string, string)? Publish(string topic, JsonElement body, out Func<Task> after)
    {
        after = () => Task.CompletedTask;
        var message = body.GetProperty("publishMessage");
        var (json, binary) = (message.TryGetProperty("jsonMessage", out var j), message.TryGetProperty("binaryMessage", out var b));
        if (json == binary) return ("ServiceError", "Received invalid parameters.");
        if (Encoding.UTF8.GetByteCount(topic) > 256) return ("ServiceError", "");
        var bytes = json ? Encoding.UTF8.GetBytes(j.GetProperty("message").GetRawText()) : b.GetProperty("message").GetBytesFromBase64();
        Published.Enqueue((topic, Encoding.UTF8.GetString(bytes)));
        after = () => json ? PublishJsonAsync(topic, j.GetProperty("message").GetRawText()) : PublishAsync(topic, bytes);
        return null;
    }

    private (string, string)? PublishToCloud(string topic, JsonElement body, out Func<Task> after)
    {
        after = () => Task.CompletedTask;
        if (body.TryGetProperty("qos", out var qos) && qos.ToString() is not ("0" or "1")) return ("ServiceError", "");
        var bytes = body.TryGetProperty("payload", out var payload) ? payload.GetBytesFromBase64() : [];
        ToCloud.Enqueue((topic, Encoding.UTF8.GetString(bytes)));
        after = () => PublishFromCloudAsync(topic, bytes);
        return null;
    }

    private (string, string)? Denied(string service, string operation, string? resource)
    {
        if (string.IsNullOrEmpty(resource)) return ("UnauthorizedError", "");
        JsonNode? policies;
        lock (_lock) policies = configuration["accessControl"]?[service]?.DeepClone();
        var allowed = policies is JsonObject map && map.Any(policy =>
            policy.Value!["operations"]!.AsArray().Any(o => o!.GetValue<string>() == $"aws.greengrass#{operation}")
            && policy.Value["resources"]!.AsArray().Any(pattern => Covers(pattern!.GetValue<string>(), resource)));
        return allowed ? null : ("UnauthorizedError", "");
    }

    /// <summary>Only <c>*</c> is a wildcard in a policy, for any run of characters.</summary>
    private static bool Covers(string pattern, string resource) =>
        System.Text.RegularExpressions.Regex.IsMatch(resource, "^" + string.Join(".*", pattern.Split('*').Select(System.Text.RegularExpressions.Regex.Escape)) + "$");

    private Task TellConfigurationAsync(string key) => TellAsync("configuration", "", new JsonObject
    {
        ["configurationUpdateEvent"] = new JsonObject { ["componentName"] = StandIn.Component, ["keyPath"] = new JsonArray(key) },
    }.ToJsonString());

    private async Task TellAsync(string kind, string topic, string body)
    {
        List<Subscription> told;
        lock (_lock) told = _subscriptions.FindAll(s => s.Kind == kind && Matches(s.Filter, topic));
        var model = kind switch { "configuration" => "ConfigurationUpdateEvents", "cloud" => "IoTCoreMessage", _ => "SubscriptionResponseMessage" };
        foreach (var subscription in told) await subscription.Session.EventAsync(subscription.Stream, model, Encoding.UTF8.GetBytes(body));
    }

    private static bool Matches(string filter, string topic)
    {
        var (wanted, levels) = (filter.Split('/'), topic.Split('/'));
        for (var i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] == "#") return true;
            if (i >= levels.Length || (wanted[i] != "+" && wanted[i] != levels[i])) return false;
        }
        return wanted.Length == levels.Length;
    }
}
