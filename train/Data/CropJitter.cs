using Sightline.Faces;
using Sightline.Train.Kit;
using Sightline.Train.Networks;

namespace Sightline.Train.Data;

/// <summary>Takes what the embedder sees out of a stored crop: a little off, as a detector's landmarks are, and with a camera's faults. One to a thread.</summary>
internal sealed class CropJitter
{
    private readonly CropColours _colours = new();

    /// <summary>RGB as v / 127.5 - 1, interleaved: <c>FaceModel</c>'s mean and deviation of 0.5.</summary>
    public void Take(Picture stored, Span<float> pixels, ref Chance chance)
    {
        const int side = EmbeddingNet.Side;
        // Landmarks off by 4 % of the box each move the fitted crop by about this much.
        float turn = 0.05f * chance.Normal(), scale = 1 + (0.04f * chance.Normal());
        float moveX = 1.8f * chance.Normal(), moveY = 1.8f * chance.Normal();
        Sample(stored, turn, Math.Clamp(scale, 0.88f, 1.12f), Math.Clamp(moveX, -5, 5), Math.Clamp(moveY, -5, 5), pixels);
        if (chance.Is(0.5f)) CropColours.Mirror(pixels, side);
        if (chance.Is(0.2f)) Shrink(pixels, side, chance.Between(0.3f, 0.8f));
        _colours.Change(pixels, side, ref chance);
    }

    /// <summary>The crop as it is, for measuring.</summary>
    public static void Plain(Picture stored, Span<float> pixels) => Sample(stored, 0, 1, 0, 0, pixels);

    private static void Sample(Picture stored, float turn, float scale, float moveX, float moveY, Span<float> pixels)
    {
        const int side = EmbeddingNet.Side;
        var (sin, cos) = MathF.SinCos(turn);
        (sin, cos) = (sin * scale, cos * scale);
        var middle = (stored.Width - 1) / 2f;
        var source = stored.Pixels;
        var (row, last) = (stored.Width * 3, stored.Width - 1.001f);
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                float dx = x - ((side - 1) / 2f), dy = y - ((side - 1) / 2f);
                // Beyond the margin the outermost pixels repeat.
                var u = Math.Clamp((cos * dx) - (sin * dy) + middle + moveX, 0, last);
                var v = Math.Clamp((sin * dx) + (cos * dy) + middle + moveY, 0, last);
                var (left, top) = ((int)u, (int)v);
                float right = u - left, low = v - top;
                var at = source[((top * row) + (left * 3))..];
                var to = pixels.Slice(((y * side) + x) * 3, 3);
                for (var c = 0; c < 3; c++)
                {
                    var above = at[c] + (right * (at[c + 3] - at[c]));
                    var below = at[row + c] + (right * (at[row + c + 3] - at[row + c]));
                    to[c] = ((above + (low * (below - above))) * (2 / 255f)) - 1;
                }
            }
        }
    }

    /// <summary>A face from far away: few pixels, enlarged.</summary>
    private static void Shrink(Span<float> pixels, int side, float part)
    {
        var small = (int)(side * part);
        Span<float> few = new float[small * small * 3];
        var step = (float)side / small;
        for (var y = 0; y < small; y++)
        {
            for (var x = 0; x < small; x++)
            {
                int top = (int)(y * step), left = (int)(x * step), bottom = Math.Min(side - 1, (int)((y + 1) * step)), right = Math.Min(side - 1, (int)((x + 1) * step));
                for (var c = 0; c < 3; c++)
                {
                    few[(((y * small) + x) * 3) + c] = 0.25f * (pixels[(((top * side) + left) * 3) + c] + pixels[(((top * side) + right) * 3) + c]
                        + pixels[(((bottom * side) + left) * 3) + c] + pixels[(((bottom * side) + right) * 3) + c]);
                }
            }
        }
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                float u = Math.Clamp(((x + 0.5f) / step) - 0.5f, 0, small - 1.001f), v = Math.Clamp(((y + 0.5f) / step) - 0.5f, 0, small - 1.001f);
                var (left, top) = ((int)u, (int)v);
                var at = ((top * small) + left) * 3;
                for (var c = 0; c < 3; c++)
                {
                    var above = few[at + c] + ((u - left) * (few[at + c + 3] - few[at + c]));
                    var below = few[at + (small * 3) + c] + ((u - left) * (few[at + (small * 3) + c + 3] - few[at + (small * 3) + c]));
                    pixels[(((y * side) + x) * 3) + c] = above + ((v - top) * (below - above));
                }
            }
        }
    }
}
