using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sightline.Device.Synthetic;

/// <summary>What a surface looks like at one sample. A struct, so that the rasterizer's loop is compiled with it inside.</summary>
internal interface IPaint
{
    /// <param name="place">Normal (3, towards the camera is +z; not unit length), u, v, neutral x, neutral y, openness.</param>
    /// <returns>Linear light and opacity; 0 leaves the sample, below 1 mixes and keeps the depth behind.</returns>
    Vector4 Paint(Vector256<float> place);
}

/// <summary>A mesh as the camera sees it: screen x, y in samples and distance, and what is to be interpolated.</summary>
internal sealed class Projected
{
    public Vector3[] Screen = [];
    public Vector256<float>[] Places = [];

    public void Reserve(int points)
    {
        if (Screen.Length >= points) return;
        Screen = new Vector3[points];
        Places = new Vector256<float>[points];
    }
}

/// <summary>Triangles into samples with a depth buffer. Interpolation is linear on the screen: triangles are far too small to need perspective.</summary>
internal static class Rasterizer
{
    /// <summary>Takes every step-th row and column of the grid (small faces need fewer triangles); on both sides if they may turn away, as hair does.</summary>
    public static void Draw<TPaint>(Layer layer, Projected mesh, int rows, int columns, int step, bool bothSides, ref TPaint paint) where TPaint : struct, IPaint
    {
        for (var r = 0; r + step < rows; r += step)
            for (var c = 0; c + step < columns; c += step)
            {
                int a = (r * columns) + c, b = a + step, d = a + (step * columns), e = d + step;
                Triangle(layer, mesh, a, d, b, bothSides, ref paint);
                Triangle(layer, mesh, b, d, e, bothSides, ref paint);
            }
    }

    private static void Triangle<TPaint>(Layer layer, Projected mesh, int i, int j, int k, bool bothSides, ref TPaint paint) where TPaint : struct, IPaint
    {
        Vector3 a = mesh.Screen[i], b = mesh.Screen[j], c = mesh.Screen[k];
        // Seen from the front the corners run anticlockwise on a screen whose y points down, so the area is negative.
        var area = ((b.X - a.X) * (c.Y - a.Y)) - ((b.Y - a.Y) * (c.X - a.X));
        if (area >= 0)
        {
            if (!bothSides || area == 0) return;
        }
        int left = Math.Max((int)MathF.Ceiling(Least(a.X, b.X, c.X) - .5f), 0), right = Math.Min((int)MathF.Floor(Most(a.X, b.X, c.X) - .5f), layer.Width - 1);
        int top = Math.Max((int)MathF.Ceiling(Least(a.Y, b.Y, c.Y) - .5f), 0), bottom = Math.Min((int)MathF.Floor(Most(a.Y, b.Y, c.Y) - .5f), layer.Height - 1);
        if (left > right || top > bottom) return;
        Fill(layer, mesh, i, j, k, 1 / area, left, right, top, bottom, ref paint);
    }

    private static void Fill<TPaint>(
        Layer layer, Projected mesh, int i, int j, int k, float share, int left, int right, int top, int bottom, ref TPaint paint) where TPaint : struct, IPaint
    {
        Vector3 a = mesh.Screen[i], b = mesh.Screen[j], c = mesh.Screen[k];
        Vector256<float> atA = mesh.Places[i], atB = mesh.Places[j], atC = mesh.Places[k];
        float stepB = (c.Y - a.Y) * share, stepC = (a.Y - b.Y) * share;
        for (var y = top; y <= bottom; y++)
        {
            float px = left + .5f - a.X, py = y + .5f - a.Y;
            var shareB = ((px * (c.Y - a.Y)) - (py * (c.X - a.X))) * share;
            var shareC = ((py * (b.X - a.X)) - (px * (b.Y - a.Y))) * share;
            var row = y * layer.Width;
            for (var x = left; x <= right; x++, shareB += stepB, shareC += stepC)
            {
                var shareA = 1 - shareB - shareC;
                if (shareA < 0 || shareB < 0 || shareC < 0) continue;
                var depth = (a.Z * shareA) + (b.Z * shareB) + (c.Z * shareC);
                ref var behind = ref layer.Depths[row + x];
                if (depth >= behind) continue;
                var light = paint.Paint((atA * shareA) + (atB * shareB) + (atC * shareC));
                if (light.W <= 0) continue;
                ref var sample = ref layer.Colours[row + x];
                if (light.W >= 1)
                {
                    behind = depth;
                    sample = light;
                }
                else
                {
                    var over = new Vector4(light.X * light.W, light.Y * light.W, light.Z * light.W, light.W);
                    sample = (sample * (1 - light.W)) + over;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Least(float a, float b, float c) => MathF.Min(a, MathF.Min(b, c));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Most(float a, float b, float c) => MathF.Max(a, MathF.Max(b, c));
}
