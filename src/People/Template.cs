using System.Numerics.Tensors;

namespace Sightline.People;

/// <summary>
/// What a person is compared by: the direction in which their photographs' vectors lie together. On LFW (docs/accuracy.md) it names more people right
/// and fewer strangers than the nearest photograph does, whose chance to resemble a stranger grows with every photograph, and one photograph of
/// somebody else among five hardly harms it.
/// </summary>
internal static class Template
{
    // Of the mean of unit vectors: below it they point every way, and what is left of them is rounding.
    private const float NoDirection = 1e-3f;

    /// <param name="photos">Unit vectors of one person, at least one.</param>
    /// <param name="template">Of length 1; zeros, which nobody is similar to, where the photographs cancel each other out.</param>
    public static void Make(IReadOnlyList<float[]> photos, Span<float> template)
    {
        template.Clear();
        foreach (var photo in photos) TensorPrimitives.Add(template, photo, template);
        var length = TensorPrimitives.Norm<float>(template);
        if (length < NoDirection * photos.Count) template.Clear();
        else TensorPrimitives.Divide(template, length, template);
    }
}
