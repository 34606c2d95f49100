namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>What Amazon documents, as something to be tried: written once, run by every client against every endpoint.</summary>
internal sealed record Scenario(string Name, Func<Trial, Task> Run)
{
    public static IReadOnlyList<Scenario> All { get; } = [.. QueueScenarios.All, .. MessageScenarios.All, .. DeadLetterScenarios.All];

    /// <summary>Why an endpoint that is named from outside is not asked.</summary>
    public string? NotAtForeign { get; init; }

    /// <summary>What moto's server does otherwise, seen in its version 5.2.1.</summary>
    public string? NotInMoto { get; init; }
}
