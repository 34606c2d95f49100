using SkiaSharp;

namespace Sightline.Faces;

/// <summary>Draws what was found onto a copy of the picture.</summary>
public static class Drawing
{
    private static readonly SKColor Bright = new(0x3D, 0xF5, 0x6B);
    private static readonly SKColor Dark = new(0, 0, 0, 0xC8); // lets a little of the picture through, and carries white on anything

    /// <summary>Boxes, landmarks, and each label on a dark plate that stays inside the picture; lines and letters grow with the picture.</summary>
    /// <param name="picture">Left as it is.</param>
    /// <param name="faces">Drawn in this order; an empty label leaves out its plate. Letters beyond Latin show as empty frames.</param>
    public static Picture Annotate(Picture picture, IReadOnlyList<(Face Face, string Label)> faces)
    {
        using var bitmap = SkiaPicture.ToBitmap(picture);
        using (var canvas = new SKCanvas(bitmap))
        {
            // Letters are seven lines high: 14 pixels in a picture 512 high, 28 in 1,080, which reads well when it fills a screen.
            var line = (int)MathF.Ceiling(Math.Min(picture.Width, picture.Height) / 300f);
            // Our coordinates count pixel centres, Skia's pixel corners.
            canvas.Translate(0.5f, 0.5f);
            foreach (var (face, _) in faces) Mark(canvas, face, line);
            canvas.ResetMatrix();
            foreach (var (face, label) in faces) Write(canvas, picture, face.Box, label, line);
        }
        return SkiaPicture.FromBitmap(bitmap);
    }

    private static void Mark(SKCanvas canvas, Face face, int line)
    {
        var box = new SKRect(face.Box.X1, face.Box.Y1, face.Box.X2, face.Box.Y2);
        using var paint = new SKPaint { Style = SKPaintStyle.Stroke, IsAntialias = true, Color = Dark, StrokeWidth = 2 * line + 1 };
        canvas.DrawRect(box, paint); // the dark edge keeps the bright line visible on bright ground
        (paint.Color, paint.StrokeWidth) = (Bright, line);
        canvas.DrawRect(box, paint);

        paint.Style = SKPaintStyle.Fill;
        var radius = Math.Max(1, Math.Min(1.5f * line, face.Box.Width / 20));
        foreach (var point in face.Landmarks.ToArray())
        {
            paint.Color = Dark;
            canvas.DrawCircle(point.X, point.Y, radius + 1, paint);
            paint.Color = Bright;
            canvas.DrawCircle(point.X, point.Y, radius, paint);
        }
    }

    private static void Write(SKCanvas canvas, Picture picture, Box box, string label, int dot)
    {
        var letters = DotFont.Rows(label);
        if (letters.Count == 0) return;
        // A label too wide is written smaller, and cut only where the smallest letters are still too wide.
        while (dot > 1 && Wide(letters.Count, dot) > picture.Width) dot--;
        letters = letters.GetRange(0, Math.Clamp((picture.Width / dot - 1) / DotFont.Advance, 1, letters.Count));

        var (width, height) = (Wide(letters.Count, dot), (DotFont.Height + 2) * dot);
        var left = Math.Max(0, Math.Min((int)box.X1, picture.Width - width));
        var above = (int)box.Y1 - height;
        var top = Math.Max(0, Math.Min(above >= 0 ? above : (int)box.Y1, picture.Height - height));

        using var paint = new SKPaint { Style = SKPaintStyle.Fill, Color = Dark };
        canvas.DrawRect(left, top, width, height, paint);
        paint.Color = SKColors.White;
        for (var i = 0; i < letters.Count; i++)
            Letter(canvas, paint, letters[i], left + (i * DotFont.Advance + 1) * dot, top + dot, dot);
    }

    /// <summary>Of a plate: the letters, with a column of dots on either side.</summary>
    private static int Wide(int letters, int dot) => (letters * DotFont.Advance + 1) * dot;

    private static void Letter(SKCanvas canvas, SKPaint paint, string glyph, int left, int top, int dot)
    {
        for (var y = 0; y < DotFont.Height; y++)
        {
            for (var x = 0; x < DotFont.Width; x++)
            {
                if (DotFont.Dot(glyph, x, y)) canvas.DrawRect(left + x * dot, top + y * dot, dot, dot, paint);
            }
        }
    }
}
