using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>Ends what nobody else will: frames still open when they are older than they are kept for, and those that a crash left behind.</summary>
internal sealed class Expiry(Books books, Turns turns, Answers answers, ILogger logger, TimeProvider time)
{
    // One look costs a step in an index; a frame that expires is a day old, and a second more is nothing to it.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int AtOnce = 100;

    private bool _expiring;

    /// <summary>Until <paramref name="ct"/>.</summary>
    public async Task RunAsync(IReadOnlyList<Entry> left, CancellationToken ct)
    {
        foreach (var frame in left)
            await EndAsync(frame, Results.Failed, "the core was stopped before it could send the request, and no broker has the frame (QoS 0)", ct);
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            while (await EndOverdueAsync(ct)) { }
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    // Whether there may be more.
    private async Task<bool> EndOverdueAsync(CancellationToken ct)
    {
        var overdue = await books.OverdueAsync(time.GetUtcNow(), AtOnce, ct);
        if (overdue.Count > 0 && !_expiring) Log.Expiring(logger, overdue[0].Key.RequestId, overdue[0].Key.Device, overdue[0].ReceivedAt);
        _expiring = overdue.Count > 0;
        var ended = 0;
        foreach (var frame in overdue)
        {
            if (await EndAsync(frame, Results.Expired, null, ct)) ended++;
        }
        return ended == AtOnce;
    }

    private async Task<bool> EndAsync(Entry frame, string result, string? reason, CancellationToken ct)
    {
        // Who has it is about to end it, or will have done something about it at the next look.
        using var turn = turns.TryEnter(frame.Key);
        if (turn is null || await books.AgainAsync(frame.Key, frame.ReceivedAt, ct) is not { Outcome: Outcome.Open } open) return false;
        await answers.EndAsync(open, open.OwnAnswer(result, time.GetUtcNow(), reason), ct);
        return true;
    }
}
