using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Recognizer.Lambda;

/// <summary>
/// Has the archive put what it has before an invocation ends, since Lambda freezes the process afterwards
/// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html). The answers are sent by then, but the next batch waits for the end, and so this does not wait for
/// long: what is left stays in the archive's bounded line and is put during later invocations. One invocation at a time.
/// </summary>
internal sealed partial class Flushing(Archive archive, ILogger logger, TimeProvider time)
{
    // A full batch is some forty objects, four at a time, each some 30 ms at Amazon.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // A store that was too slow for that has all of the next invocation too, and is not to make each of them as slow as itself.
    private static readonly TimeSpan PatienceBehind = TimeSpan.FromMilliseconds(250);

    private bool _isBehind;

    /// <param name="deadline">Nothing is waited for after it.</param>
    public async Task FlushAsync(CancellationToken deadline)
    {
        using var patience = new CancellationTokenSource(_isBehind ? PatienceBehind : Patience, time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, deadline);
        await archive.FlushAsync(until.Token);
        var left = archive.Waiting;
        if (left > 0 == _isBehind) return;
        _isBehind = left > 0;
        if (_isBehind) LogBehind(logger, archive.Url, left);
        else LogCaughtUp(logger, archive.Url);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the invocation ends before the archive {Url} has {Count} answers; they are put during later ones, and lost where Lambda ends this process before")]
    private static partial void LogBehind(ILogger logger, string url, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "the archive {Url} has all answers again when an invocation ends")]
    private static partial void LogCaughtUp(ILogger logger, string url);
}
