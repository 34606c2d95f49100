using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>Sends what a client once sent, to an endpoint of its own, and has each response looked at.</summary>
internal static class Replay
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="client">Whose recordings.</param>
    /// <param name="exchanges">How many there must be.</param>
    /// <param name="handles">Recorded receipt handles and those that were given here in their place, as <paramref name="check"/> finds them.</param>
    /// <param name="written">How a receipt handle stands in this client's requests.</param>
    /// <param name="check">The exchange, and what was answered.</param>
    public static async Task RunAsync(string client, int exchanges, IReadOnlyDictionary<string, string> handles, Func<string, string> written, Func<Exchange, HttpResponseMessage, Task> check)
    {
        var recorded = Exchange.Of(client);
        Assert.Equal(exchanges, recorded.Count);
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var server = await SqsServer.StartAsync(new() { Port = 0 }, NullLoggerFactory.Instance, time, Ct);
        using var http = new HttpClient();

        foreach (var exchange in recorded)
        {
            using var request = exchange.ToRequest(server.Url, body => handles.Aggregate(body, (b, h) => b.Replace(h.Key, written(h.Value), StringComparison.Ordinal)));
            var sending = http.SendAsync(request, Ct);
            await LetPollsEndAsync(server, time, sending);
            using var response = await sending;
            await check(exchange, response);
        }
    }

    /// <summary>
    /// A long poll that finds nothing waits on the test's clock: once it waits, its time is over. Once only: with more, messages that
    /// were received before would come into sight again.
    /// </summary>
    internal static async Task LetPollsEndAsync(SqsServer server, FakeTimeProvider time, Task sending)
    {
        while (!sending.IsCompleted)
        {
            if (server.Queues.Names("").Any(name => server.Queues.Find(name) is { Waiting: > 0 }))
            {
                time.Advance(TimeSpan.FromSeconds(20));
                await sending;
            }
            await Task.Yield();
        }
    }
}
