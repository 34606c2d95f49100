namespace Sightline.App.Evaluation;

/// <summary>All that was found out, for the terminal, for programs and for the page.</summary>
/// <param name="Title">What was evaluated.</param>
/// <param name="Made">When and with what, for the page.</param>
/// <param name="Rows">A word and what there is to say about it.</param>
/// <param name="Roc">Every comparison.</param>
/// <param name="Model">The model's own threshold.</param>
/// <param name="SameAre">What the comparisons of one person are.</param>
/// <param name="OthersAre">What the comparisons of two people are.</param>
/// <param name="Listed">Photographs that did not go the usual way.</param>
internal sealed record EvalReport(
    string Title, string Made, IReadOnlyList<(string Label, string Text)> Rows, Roc Roc, float Model, string SameAre, string OthersAre, IReadOnlyList<PhotoList> Listed);

/// <summary>Photographs, as people call them, and why they are named.</summary>
internal sealed record PhotoList(string Heading, IReadOnlyList<string> Photos)
{
    private const int MostOnTerminal = 20; // as many as a person reads

    public IEnumerable<string> Lines()
    {
        yield return $"{Heading}: {Photos.Count:N0}";
        foreach (var photo in Photos.Take(MostOnTerminal)) yield return $"  {photo}";
        if (Photos.Count > MostOnTerminal) yield return $"  and {Photos.Count - MostOnTerminal:N0} more, all of them in --json and --out";
    }
}

/// <summary>The pairs of which the model is most wrong.</summary>
internal sealed record WorstPairs(string Heading, IReadOnlyList<WorstPair> Pairs)
{
    /// <summary>Of each kind on a page: what one looks through, 100 KB of pictures.</summary>
    public const int Most = 12;
}

internal sealed record WorstPair(float Similarity, WorstFace First, WorstFace Second);

internal sealed record WorstFace(string Photo, byte[] Jpeg);
