using System.Numerics;
using Sightline.Faces;

namespace Sightline.People;

/// <summary>Cuts what is kept of a photograph: the face with a margin, so that any alignment a later model asks for finds its pixels.</summary>
internal static class Keeping
{
    // Of the box's longer side, on each side of it: room for the widest template in use (FaceNet's box with margin) at any tilt.
    private const float Margin = 0.5f;

    // Box with margins then still holds the face at 250 pixels, more than any model's input (112, 160); 73 kB each on the samples.
    // Faces of 500 to 700 pixels, which this shrinks, come back at cosine 0.975 and better: their direct crop aliases, the kept one does not.
    private const int LongestSide = 512;

    // Where nothing is shrunk, the embedding comes back at cosine 0.99 and better (a test); 90 is enough for a crop, but this is kept for good.
    private const int Quality = 95;

    public static KeptFace Cut(Picture photo, Face face)
    {
        var (box, margin) = (face.Box, Margin * Math.Max(face.Box.Width, face.Box.Height));
        var left = Math.Clamp((int)MathF.Floor(box.X1 - margin), 0, photo.Width - 1);
        var top = Math.Clamp((int)MathF.Floor(box.Y1 - margin), 0, photo.Height - 1);
        var right = Math.Clamp((int)MathF.Ceiling(box.X2 + margin), left + 1, photo.Width);
        var bottom = Math.Clamp((int)MathF.Ceiling(box.Y2 + margin), top + 1, photo.Height);

        var cut = Crop(photo, left, top, right - left, bottom - top);
        var small = ImageCodec.Shrink(cut, LongestSide);
        var scale = (float)small.Width / cut.Width;
        // Coordinates count pixel centres, and shrinking moves those: p becomes (p + 1/2) scale - 1/2.
        var origin = new Vector2(left, top) - new Vector2(0.5f - 0.5f / scale);
        var (near, far) = ((new Vector2(box.X1, box.Y1) - origin) * scale, (new Vector2(box.X2, box.Y2) - origin) * scale);
        return new(ImageCodec.EncodeJpeg(small, Quality), face.Landmarks.Moved(origin, scale), new(near.X, near.Y, far.X, far.Y));
    }

    private static Picture Crop(Picture picture, int left, int top, int width, int height)
    {
        var rgb = new byte[width * height * Picture.Channels];
        var row = width * Picture.Channels;
        for (var y = 0; y < height; y++)
            picture.Row(top + y).Slice(left * Picture.Channels, row).CopyTo(rgb.AsSpan(y * row));
        return new Picture(width, height, rgb);
    }
}
