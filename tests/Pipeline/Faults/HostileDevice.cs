using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MQTTnet;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Faults;

/// <summary>What one device did wrong on purpose: frames sent twice, images that are damaged, messages that are none; and frames of which no answer ever came, or two that do not say so.</summary>
internal sealed record HostileSummary(int Sent, int Twice, int Damaged, int Rubbish, int Unanswered, int Unmarked)
{
    public override string ToString() => $"{Sent} more of a device that sent {Twice} of them twice, {Damaged} damaged, and {Rubbish} messages that were none: {Unanswered} unanswered, {Unmarked} answered again unmarked";
}

/// <summary>A device with a fault of its own: sends frames twice, and again, and damaged ones, and rubbish.</summary>
internal sealed class HostileDevice : IAsyncDisposable
{
    private const string Name = "hostile-IoTThing";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly ConcurrentDictionary<string, ConcurrentQueue<Answer>> _answers = new();
    private readonly MqttLink _link;
    private readonly Random _random;

    public HostileDevice(MqttEndpoint broker, int seed, ILoggerFactory log)
    {
        _random = new Random(seed);
        _link = new MqttLink(broker, Name, [Topics.Answers(Name)], TakeAsync, log.CreateLogger("Sightline.Pipeline"), TimeProvider.System, TimeSpan.Zero);
    }

    public async Task<HostileSummary> RunAsync(TimeSpan time, CancellationToken ct)
    {
        await _link.StartAsync(ct);
        var start = TimeProvider.System.GetTimestamp();
        var frames = new Dictionary<string, byte[]>();
        int twice = 0, damaged = 0, rubbish = 0;
        while (TimeProvider.System.GetElapsedTime(start) < time)
        {
            await Task.Delay(_random.Next(200, 1_500), ct);
            var id = $"{frames.Count}";
            switch (_random.Next(4))
            {
                case 0:
                    rubbish++;
                    await PublishAsync([1, 2, 3], ct);
                    continue;
                case 1:
                    damaged++;
                    await PublishAsync(frames[id] = FrameOf(id, Cast.Alone(0)[..^400]), ct);
                    break;
                case 2:
                    twice++;
                    await PublishAsync(frames[id] = FrameOf(id, Cast.Alone(0)), ct);
                    await PublishAsync(frames[id], ct);
                    break;
                default:
                    await PublishAsync(frames[id] = FrameOf(id, Cast.Alone(1)), ct);
                    break;
            }
        }
        await AskAsync(frames, ct);
        var answered = _answers.Values.Where(answers => !answers.IsEmpty).ToList();
        // The first one may be the marked one: who asked again may be answered twice in either order.
        var unmarked = answered.Sum(answers => Math.Max(0, answers.Count(answer => !answer.Redelivered) - 1));
        return new(frames.Count, twice, damaged, rubbish, frames.Keys.Count(id => !_answers.ContainsKey(id)), unmarked);
    }

    public ValueTask DisposeAsync() => _link.DisposeAsync();

    /// <summary>Asks for what has not come, as a device does whose connection was lost.</summary>
    private async Task AskAsync(Dictionary<string, byte[]> frames, CancellationToken ct)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            var missing = frames.Where(frame => !_answers.ContainsKey(frame.Key)).ToList();
            if (missing.Count == 0) return;
            foreach (var (_, frame) in missing) await PublishAsync(frame, ct);
            await Task.Delay(TimeSpan.FromSeconds(2), ct);
        }
    }

    private Task<PublishOutcome> PublishAsync(byte[] payload, CancellationToken ct) => _link.PublishAsync(new MqttApplicationMessage { Topic = Topics.Frames(Name), PayloadSegment = payload }, ct);

    private static byte[] FrameOf(string id, byte[] image) => JsonSerializer.SerializeToUtf8Bytes(new FrameMessage { RequestId = id, Encoded = image }, WireJson.Default.FrameMessage);

    private Task TakeAsync(Delivery delivery, CancellationToken ct)
    {
        var answer = JsonSerializer.Deserialize(delivery.Message.ConvertPayloadToString(), WireJson.Default.Answer)!;
        _answers.GetOrAdd(answer.RequestId, _ => new()).Enqueue(answer);
        return delivery.AcknowledgeAsync(ct);
    }
}
