using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sightline.Broker.Sqs;

namespace Sightline.Unit.Broker;

/// <summary>Queues without a server, on a clock that only the test moves.</summary>
internal sealed class SqsBox : IDisposable
{
    private readonly long _maxBytes;
    private readonly string? _file;

    /// <param name="maxBytes">Over all queues.</param>
    /// <param name="file">For tests that stop and start; else SQLite's own temporary one.</param>
    public SqsBox(long maxBytes = 1 << 30, string? file = null)
    {
        (_maxBytes, _file) = (maxBytes, file);
        Queues = Queues.Open(file, maxBytes, Time, NullLogger.Instance);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    public Queues Queues { get; private set; }

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public Queue Create(string name, params (string Name, string Value)[] attributes)
    {
        Assert.Null(Queues.Create(name, attributes.ToDictionary(a => a.Name, a => a.Value)));
        return Queues.Find(name)!;
    }

    public Queue CreateWithDeadLetters(string name, int maxReceiveCount, out Queue dead)
    {
        dead = Create(name + "-dead");
        return Create(name, ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{QueueName.Arn(name + "-dead")}}","maxReceiveCount":"{{maxReceiveCount}}"}"""));
    }

    /// <summary>Stops, lets time pass with nobody there, and starts again.</summary>
    public void Restart(TimeSpan after = default)
    {
        Queues.Dispose();
        Time.Advance(after);
        Queues = Queues.Open(_file, _maxBytes, Time, NullLogger.Instance);
    }

    public static NewMessage Text(string body) => new(Encoding.UTF8.GetBytes(body), []);

    public static void Send(Queue queue, params string[] bodies)
    {
        foreach (var body in bodies)
            Assert.Null(queue.Send(Text(body), out _));
    }

    /// <summary>Without waiting; at most ten.</summary>
    public static async Task<IReadOnlyList<Received>> ReceiveAsync(Queue queue, int most = 10, TimeSpan? visibility = null)
    {
        var (error, messages) = await queue.ReceiveAsync(most, visibility, TimeSpan.Zero, Ct);
        Assert.Null(error);
        return messages;
    }

    public static Task<(SqsError? Error, IReadOnlyList<Received> Messages)> PollAsync(Queue queue, CancellationToken stop = default) =>
        queue.ReceiveAsync(10, null, TimeSpan.FromSeconds(20), stop);

    public static IEnumerable<string> Bodies(IEnumerable<Received> messages) => messages.Select(m => Encoding.UTF8.GetString(m.Message.Content.Body));

    public void Dispose() => Queues.Dispose();
}
