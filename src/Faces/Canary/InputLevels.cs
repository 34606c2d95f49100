using System.Numerics;

namespace Sightline.Faces;

/// <summary>What a network gets to see of a crop, in three numbers a plane: means and standard deviations of its red, green and blue plane.</summary>
public readonly record struct InputLevels(Vector3 Mean, Vector3 Deviation)
{
    // A grey level more on every pixel is 0.008 to 0.017 in the models there are; a mean of another channel is 0.1 to 0.35.
    private const float Tolerance = 0.01f;

    internal static InputLevels Of(ReadOnlySpan<float> planes)
    {
        var area = planes.Length / Picture.Channels;
        Vector3 mean = default, deviation = default;
        for (var c = 0; c < Picture.Channels; c++)
        {
            double sum = 0, squares = 0;
            foreach (var value in planes.Slice(c * area, area)) (sum, squares) = (sum + value, squares + ((double)value * value));
            mean[c] = (float)(sum / area);
            deviation[c] = (float)Math.Sqrt(Math.Max(0, (squares / area) - (sum / area * sum / area)));
        }
        return new(mean, deviation);
    }

    /// <summary>Written so that values that are no numbers are never near.</summary>
    internal bool IsNear(InputLevels other)
    {
        Vector3 means = Vector3.Abs(Mean - other.Mean), deviations = Vector3.Abs(Deviation - other.Deviation);
        for (var c = 0; c < Picture.Channels; c++)
            if (!(means[c] <= Tolerance && deviations[c] <= Tolerance)) return false;
        return true;
    }

    public override string ToString() => string.Create(null, $"means ({Mean.X:0.000}, {Mean.Y:0.000}, {Mean.Z:0.000}) and deviations ({Deviation.X:0.000}, {Deviation.Y:0.000}, {Deviation.Z:0.000})");
}
