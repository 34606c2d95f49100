namespace Sightline.Recognizer.Lambda;

/// <summary>
/// When to stop what, so that an invocation is over before its deadline, at which Lambda kills the process and every record of the batch comes again only
/// after the queue's visibility timeout. To be disposed with its invocation.
/// </summary>
internal sealed class Budget : IDisposable
{
    // For the answers and for word to the queue: calls of some 10 to 50 ms each, and a few of them tried again.
    private static readonly TimeSpan ForEnding = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ForTelling = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ForResponse = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _naming, _sending, _telling;

    public Budget(DateTimeOffset deadline, TimeProvider time)
    {
        var left = deadline - time.GetUtcNow();
        // A short time-out is divided in the same way.
        _naming = After(left - Least(ForEnding, left / 4));
        _sending = After(left - Least(ForTelling, left / 8));
        _telling = After(left - Least(ForResponse, left / 16));

        CancellationTokenSource After(TimeSpan delay) => new(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, time);

        static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
    }

    /// <summary>No record is begun after it, and none is waited for.</summary>
    public CancellationToken Naming => _naming.Token;

    /// <summary>No answer is sent after it.</summary>
    public CancellationToken Sending => _sending.Token;

    /// <summary>The queue is told nothing after it.</summary>
    public CancellationToken Telling => _telling.Token;

    public void Dispose()
    {
        _naming.Dispose();
        _sending.Dispose();
        _telling.Dispose();
    }
}
