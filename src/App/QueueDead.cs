using Sightline.Wire;

namespace Sightline.App;

/// <summary>What the verbs about dead letters share: which ones are meant, and what is said where they are not there.</summary>
internal static class QueueDead
{
    /// <summary>Null: all. Twice the same is once.</summary>
    /// <exception cref="Complaint">Neither or both.</exception>
    public static string[]? Asked(string[] ids, bool all) => (ids, all) switch
    {
        ([], false) => throw Complaint.Usage("which dead letters? wanted ID as `sightline queue dead list` has it, or --all"),
        ([var first, ..], true) => throw Complaint.Usage($"got {first} and --all; wanted one of them"),
        ([], true) => null,
        _ => [.. ids.Distinct(StringComparer.OrdinalIgnoreCase)],
    };

    public static Complaint Missing(string id, DeadLetters letters) =>
        new($"there is no dead letter {id} in {string.Join(" or ", letters.Queues.Select(place => place.Queue.Name))}, or somebody else has it in hand; `sightline queue dead list` lists them");

    public static int TellMissing(Cli cli, string[] ids, IReadOnlyList<DeadLetter> found, DeadLetters letters)
    {
        var missing = ids.Where(id => !found.Any(letter => DeadLetters.Fits(letter.Message, id))).ToList();
        foreach (var id in missing) cli.Error.WriteLine($"sightline: {Missing(id, letters).Message}");
        return missing.Count == 0 ? ExitCode.Fine : ExitCode.Failed;
    }
}
