using System.Numerics.Tensors;
using Sightline.Train.Kit;

namespace Sightline.Train.Data;

/// <summary>
/// What cameras, lenses and codecs do to a crop, overdone: grey, tinted, dark, flat, soft, grainy, partly covered. Works in place on RGB
/// floats of about -1 to 1, so no network ever learns what colour a rendered face is.
/// </summary>
internal sealed class CropColours
{
    private const int NoiseCount = 1 << 16;
    private static readonly float[] Noise = MakeNoise();
    private float[] _line = [];

    public void Change(Span<float> crop, int side, ref Chance chance)
    {
        if (chance.Is(0.25f)) Grey(crop, chance.Is(0.6f) ? 1 : chance.Unit());
        else if (chance.Is(0.05f)) SwapRedAndBlue(crop);
        if (chance.Is(0.3f)) Curve(crop, chance.Between(0.6f, 1.7f));
        Levels(crop, ref chance);
        if (chance.Is(0.25f)) Soften(crop, side, chance.Between(0.1f, 1));
        if (side >= 24 && chance.Is(0.15f)) Coarsen(crop, side, chance.Is(0.5f) ? 2 : 3);
        if (chance.Is(0.35f)) Grain(crop, chance.Between(0.01f, 0.12f), ref chance);
        if (chance.Is(0.15f)) Cover(crop, side, ref chance);
        TensorPrimitives.Min(crop, 1, crop);
        TensorPrimitives.Max(crop, -1, crop);
    }

    public static void Mirror(Span<float> crop, int side)
    {
        for (var y = 0; y < side; y++)
        {
            var row = crop.Slice(y * side * 3, side * 3);
            for (int left = 0, right = (side - 1) * 3; left < right; left += 3, right -= 3)
            {
                for (var c = 0; c < 3; c++) (row[left + c], row[right + c]) = (row[right + c], row[left + c]);
            }
        }
    }

    private static void Grey(Span<float> crop, float amount)
    {
        for (var i = 0; i < crop.Length; i += 3)
        {
            // Rec. 601, as cameras and JPEG have it.
            var grey = (0.299f * crop[i]) + (0.587f * crop[i + 1]) + (0.114f * crop[i + 2]);
            for (var c = 0; c < 3; c++) crop[i + c] += amount * (grey - crop[i + c]);
        }
    }

    private static void SwapRedAndBlue(Span<float> crop)
    {
        for (var i = 0; i < crop.Length; i += 3) (crop[i], crop[i + 2]) = (crop[i + 2], crop[i]);
    }

    private static void Curve(Span<float> crop, float gamma)
    {
        // A parabola through black, white and what the power makes of the middle; a power for each value would cost ten times as much.
        var middle = (2 * MathF.Pow(0.5f, gamma)) - 1;
        for (var i = 0; i < crop.Length; i++) crop[i] += middle * (1 - (crop[i] * crop[i]));
    }

    private static void Levels(Span<float> crop, ref Chance chance)
    {
        float contrast = MathF.Exp(0.35f * chance.Normal()), brightness = 0.18f * chance.Normal();
        contrast = Math.Clamp(contrast, 0.25f, 2);
        float red = contrast * (1 + (0.1f * chance.Normal())), green = contrast * (1 + (0.05f * chance.Normal())), blue = contrast * (1 + (0.1f * chance.Normal()));
        for (var i = 0; i < crop.Length; i += 3)
        {
            crop[i] = (crop[i] * red) + brightness;
            crop[i + 1] = (crop[i + 1] * green) + brightness;
            crop[i + 2] = (crop[i + 2] * blue) + brightness;
        }
    }

    private void Soften(Span<float> crop, int side, float amount)
    {
        // (a 1 a) / (1 + 2a) along rows and columns; the outermost pixels stay.
        float share = amount * 0.5f, whole = 1 / (1 + (2 * share));
        if (_line.Length < crop.Length) _line = new float[crop.Length];
        foreach (var step in (ReadOnlySpan<int>)[3, side * 3])
        {
            var copy = _line.AsSpan(0, crop.Length);
            crop.CopyTo(copy);
            for (var i = step; i < crop.Length - step; i++) crop[i] = (copy[i] + (share * (copy[i - step] + copy[i + step]))) * whole;
        }
    }

    private static void Coarsen(Span<float> crop, int side, int step)
    {
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
                crop.Slice(((y / step * step * side) + (x / step * step)) * 3, 3).CopyTo(crop.Slice(((y * side) + x) * 3, 3));
        }
    }

    private static void Grain(Span<float> crop, float deviation, ref Chance chance)
    {
        var noise = Noise.AsSpan(chance.Below(NoiseCount - crop.Length), crop.Length);
        TensorPrimitives.MultiplyAdd(noise, deviation, crop, crop);
    }

    private static void Cover(Span<float> crop, int side, ref Chance chance)
    {
        int width = 1 + chance.Below(side / 3), height = 1 + chance.Below(side / 3), x = chance.Below(side - width), y = chance.Below(side - height);
        Span<float> colour = [chance.Between(-1, 1), chance.Between(-1, 1), chance.Between(-1, 1)];
        for (var row = y; row < y + height; row++)
        {
            for (var column = x; column < x + width; column++) colour.CopyTo(crop[(((row * side) + column) * 3)..]);
        }
    }

    private static float[] MakeNoise()
    {
        var chance = Chance.For(0, "noise");
        var noise = new float[NoiseCount];
        for (var i = 0; i < noise.Length; i++) noise[i] = chance.Normal();
        return noise;
    }
}
