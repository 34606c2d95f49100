namespace Sightline.Train;

/// <summary>Where a run keeps things and what it was asked for.</summary>
/// <param name="Cache">Rendered data: large, can be made again.</param>
/// <param name="Output">Checkpoints, curves, weights, record.</param>
/// <param name="Seed">Of everything that is left to chance.</param>
/// <param name="Threads">At once. No result depends on it.</param>
/// <param name="Length">Steps as a part of the full recipe; below 1 only to try things out.</param>
/// <param name="Report">Gets a line now and then, from any thread.</param>
/// <param name="Stop">Asks a training to save what it has and end; the same command goes on from there.</param>
internal sealed record WorkFolder(string Cache, string Output, ulong Seed, int Threads, double Length, Action<string> Report, CancellationToken Stop)
{
    public string PathOf(string name) => Path.Combine(Output, name);

    /// <summary>How much of the data a shortened run takes: it should not render for longer than it learns.</summary>
    public double DataPart => Math.Min(1, Length * 2);

    public int Steps(int full) => Math.Max(20, (int)(full * Length));
}
