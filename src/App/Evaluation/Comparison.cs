namespace Sightline.App.Evaluation;

/// <summary>How alike two faces are, and whether they are one person's.</summary>
/// <param name="Similarity">Cosine.</param>
/// <param name="Same">As is known, not as was decided.</param>
/// <param name="Fold">Which of <see cref="Folds.Count"/> parts it belongs to, from 0.</param>
internal readonly record struct Comparison(float Similarity, bool Same, int Fold = 0);
