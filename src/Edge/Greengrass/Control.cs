using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge.Greengrass;

/// <summary>Takes orders from a local topic and from AWS IoT Core, one after another, and answers each on the same topic with <c>/replies</c> behind it.</summary>
internal sealed class Control(Nucleus nucleus, ILogger logger) : IAsyncDisposable
{
    private const string Replies = "/replies";

    // Orders come from people and from scripts; more than these at once are a mistake somewhere.
    private const int MostWaiting = 16;

    private readonly Channel<(byte[]? Message, string Topic, bool FromCloud)> _waiting = Channel.CreateBounded<(byte[]? Message, string Topic, bool FromCloud)>(MostWaiting);
    private (string? Topic, IpcSubscription? Subscription) _local;
    private (string? Topic, IpcSubscription? Subscription) _cloud;

    /// <summary>Listens on these topics from now on. One call at a time.</summary>
    public async Task ListenAsync(Outlets outlets)
    {
        if (_local.Topic != outlets.ControlTopic)
        {
            if (_local.Subscription is { } before) await before.DisposeAsync();
            _local = (outlets.ControlTopic, outlets.ControlTopic is { } topic ? nucleus.SubscribeToTopic(topic, message => Take(message, topic, false)) : null);
        }
        if (_cloud.Topic != outlets.IotCoreControlTopic)
        {
            if (_cloud.Subscription is { } before) await before.DisposeAsync();
            _cloud = (outlets.IotCoreControlTopic, outlets.IotCoreControlTopic is { } topic ? nucleus.SubscribeToIotCore(topic, message => Take(message, topic, true)) : null);
        }
    }

    /// <summary>Carries out what comes.</summary>
    public async Task RunAsync(Func<Order, CancellationToken, Task<OrderReply>> carryOut, CancellationToken ct)
    {
        try
        {
            await foreach (var (message, topic, fromCloud) in _waiting.Reader.ReadAllAsync(ct))
            {
                var reply = TryRead(message, out var order, out var problem) ? await carryOut(order, ct) : new OrderReply { Ok = false, Problem = problem };
                reply = reply with { Id = order.Id };
                Log.Ordered(logger, Quoted.Of(order.Command ?? ""), Quoted.Of(order.Id ?? ""), reply.Ok ? "done" : reply.Problem ?? "");
                await ReplyAsync(JsonSerializer.SerializeToUtf8Bytes(reply, OrderJson.Readable.OrderReply), topic + Replies, fromCloud, reply.Id ?? "", ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
    }

    private void Take(byte[]? message, string topic, bool fromCloud)
    {
        if (!_waiting.Writer.TryWrite((message, topic, fromCloud))) Log.OrderDropped(logger);
    }

    private async Task ReplyAsync(byte[] reply, string topic, bool toCloud, string id, CancellationToken ct)
    {
        try
        {
            await (toCloud ? nucleus.PublishToIotCoreAsync(topic, reply, ct) : nucleus.PublishToTopicAsync(topic, reply, ct));
        }
        catch (IpcException refused)
        {
            Log.ReplyRefused(logger, Quoted.Of(id), topic, refused.Message);
        }
    }

    private static bool TryRead(byte[]? message, out Order order, out string problem)
    {
        (order, problem) = (new Order(), "");
        try
        {
            order = message is null ? order : JsonSerializer.Deserialize(message, OrderJson.Default.Order) ?? order;
            if (order.Command is not (Order.Status or Order.Restart or Order.Set))
                problem = $"command is '{Quoted.Of(order.Command ?? "")}'; wanted {Order.Status}, {Order.Restart} or {Order.Set}";
            else if (order.Command == Order.Set && order.Settings is not { ValueKind: JsonValueKind.Object })
                problem = $"{Order.Set} needs settings: a map of them, as in {{\"command\": \"set\", \"settings\": {{\"logLevel\": \"debug\"}}}}";
        }
        catch (JsonException wrong)
        {
            problem = $"this is no order: {wrong.Message}; wanted JSON such as {{\"command\": \"status\"}}";
        }
        return problem.Length == 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (_local.Subscription is { } local) await local.DisposeAsync();
        if (_cloud.Subscription is { } cloud) await cloud.DisposeAsync();
    }
}
