using System.CommandLine;

namespace Sightline.App.Verbs;

/// <summary><c>sightline queue list|peek|dead</c>: what lies in the queues, and what could not be handled.</summary>
internal static class QueueVerb
{
    public static Command Create(Cli cli) => new("queue", "What lies in the queues, and what could not be handled") { QueueList.Create(cli), QueuePeek.Create(cli), Dead(cli) };

    private static Command Dead(Cli cli) => new("dead", "Dead letters: what was received too often; list, show, replay, purge") { QueueDeadList.Create(cli), QueueDeadShow.Create(cli), QueueDeadReplay.Create(cli), QueueDeadPurge.Create(cli) };
}
