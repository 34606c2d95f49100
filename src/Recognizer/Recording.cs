using Microsoft.Extensions.Logging;
using Sightline.People;

namespace Sightline.Recognizer;

/// <summary>Writes into the journal what was answered. A journal that cannot be written holds no answer up: it is said once, and those decisions cannot be explained.</summary>
internal sealed partial class Recording(Journal journal, ILogger logger)
{
    private int _failing;

    /// <param name="named">As they were answered.</param>
    /// <param name="failed">Ids of messages that stay in the queue: they are decided on again.</param>
    public void Write(IReadOnlyList<NamedRequest> named, IReadOnlySet<string> failed)
    {
        try
        {
            journal.Write([.. named.Where(one => !failed.Contains(one.Message.Id)).SelectMany(one => one.Decisions)]);
            if (Interlocked.Exchange(ref _failing, 0) == 1) LogBack(logger, journal.File);
        }
        catch (GalleryException problem)
        {
            if (Interlocked.Exchange(ref _failing, 1) == 0) LogFailing(logger, problem.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "decisions cannot be recorded, and so not explained; names are given all the same: {Problem}")]
    private static partial void LogFailing(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "decisions are recorded in {Journal} again")]
    private static partial void LogBack(ILogger logger, string journal);
}
