using System.Numerics;

namespace Sightline.Device.Synthetic;

/// <summary>A rectangle of samples with depth, drawn on by the rasterizer and laid over the frame at the end. Reused from person to person.</summary>
internal sealed class Layer
{
    /// <summary>Frame coordinates of the rectangle's corner, in pixels, and samples a pixel along each side (1 or 2).</summary>
    public int Left { get; private set; }
    public int Top { get; private set; }
    public int Fine { get; private set; } = 1;
    public int Width { get; private set; }
    public int Height { get; private set; }

    /// <summary>Linear light, premultiplied; W is how much of the sample is covered.</summary>
    public Vector4[] Colours { get; private set; } = [];

    /// <summary>Distance from the camera; infinite where nothing is.</summary>
    public float[] Depths { get; private set; } = [];

    public void Reset(int left, int top, int width, int height, int fine)
    {
        (Left, Top, Fine, Width, Height) = (left, top, fine, Math.Max(width, 0) * fine, Math.Max(height, 0) * fine);
        var samples = Width * Height;
        if (Colours.Length < samples)
        {
            Colours = new Vector4[samples];
            Depths = new float[samples];
        }
        Colours.AsSpan(0, samples).Clear();
        Depths.AsSpan(0, samples).Fill(float.PositiveInfinity);
    }

    /// <summary>Lays the samples, averaged, over the light of the frame.</summary>
    public void LayOver(LightField frame)
    {
        var share = 1f / (Fine * Fine);
        for (var y = 0; y < Height / Fine; y++)
        {
            var row = frame.Row(Top + y);
            for (var x = 0; x < Width / Fine; x++)
            {
                var sum = Vector4.Zero;
                for (var dy = 0; dy < Fine; dy++)
                    for (var dx = 0; dx < Fine; dx++)
                        sum += Colours[(((y * Fine) + dy) * Width) + (x * Fine) + dx];
                if (sum.W <= 0) continue;
                sum *= share;
                row[Left + x] = (row[Left + x] * (1 - sum.W)) + sum;
            }
        }
    }
}

/// <summary>The frame before the lens and the sensor: linear light a pixel, X Y Z being red, green, blue.</summary>
internal sealed class LightField(int width, int height)
{
    public int Width => width;
    public int Height => height;
    public Vector4[] Light { get; } = new Vector4[width * height];
    public Span<Vector4> Row(int y) => Light.AsSpan(y * width, width);
}
