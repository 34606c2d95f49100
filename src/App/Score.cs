namespace Sightline.App;

/// <summary>How many frames could be judged, and in how many of them everybody was named as they are. One thread at a time.</summary>
internal sealed class Score
{
    public int Judged { get; private set; }

    public int Right { get; private set; }

    /// <param name="right">Null where nobody can say.</param>
    public void Add(bool? right)
    {
        if (right is null) return;
        Judged++;
        if (right is true) Right++;
    }

    public override string ToString() => $"names right: {Right} of {Judged}";
}
