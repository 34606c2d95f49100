namespace Sightline.Faces.Detection;

/// <summary>The buffers of one thread. Layers write to the two planes in turn, so that what one wrote is what the next reads.</summary>
internal sealed class Workspace
{
    public AdaptiveAverage Resizer { get; } = new();
    public List<Candidate> Found { get; } = [];
    public Plane Input { get; } = new();
    public Plane A { get; } = new();
    public Plane B { get; } = new();
    public Plane C { get; } = new();
    public Plane Rows { get; } = new();
    public Plane Heads { get; } = new();

    /// <summary>For what a layer keeps from one step to its next.</summary>
    public Plane Scratch { get; } = new();
}
