using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>Frames to measure with, cut from the sample photographs.</summary>
internal static class Frames
{
    public const string SixFaces = "samples/groups/multiface.jpg";
    public const string OneFace = "samples/people/person-07/img25.jpg";
    public const string TwoFaces = "samples/groups/couple.jpg";

    public static Picture Load(AssetStore assets, string path)
    {
        var file = assets.Require(path);
        return ImageCodec.TryDecode(File.ReadAllBytes(file), out var picture, out var problem) ? picture : throw new InvalidDataException($"{file}: {problem}");
    }

    /// <summary>A frame of a size as a camera would send it, and what it is: one person's portrait in a small one, else cut out of the smallest photograph of several that covers it.</summary>
    /// <param name="assets">Where the photographs lie.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="crowd">Tiled with the photograph of six in any case.</param>
    public static (string Name, Picture Picture) Of(AssetStore assets, int width, int height, bool crowd)
    {
        var (six, two) = (Load(assets, SixFaces), Load(assets, TwoFaces));
        return crowd ? ("crowd", Fill(six, width, height))
            : Math.Max(width, height) <= 640 ? ("portrait", Fit(Load(assets, OneFace), width, height))
            : width <= six.Width && height <= six.Height ? ("group", Cut(six, width, height))
            : width <= two.Width && height <= two.Height ? ("couple", Cut(two, width, height))
            : ("crowd", Fill(six, width, height));
    }

    /// <summary>The middle of a picture that is no smaller.</summary>
    private static Picture Cut(Picture picture, int width, int height)
    {
        var pixels = new byte[width * height * Picture.Channels];
        var (left, top) = ((picture.Width - width) / 2, (picture.Height - height) / 2);
        for (var y = 0; y < height; y++)
            picture.Row(top + y).Slice(left * Picture.Channels, width * Picture.Channels).CopyTo(pixels.AsSpan(y * width * Picture.Channels));
        return new Picture(width, height, pixels);
    }

    /// <summary>The picture tiled from its upper left corner over a frame of another size: real texture everywhere, no resampling.</summary>
    public static Picture Fill(Picture picture, int width, int height)
    {
        var pixels = new byte[width * height * Picture.Channels];
        for (var y = 0; y < height; y++)
        {
            var from = picture.Row(y % picture.Height);
            var to = pixels.AsSpan(y * width * Picture.Channels, width * Picture.Channels);
            for (; !to.IsEmpty; to = to[Math.Min(from.Length, to.Length)..])
                from[..Math.Min(from.Length, to.Length)].CopyTo(to);
        }
        return new Picture(width, height, pixels);
    }

    /// <summary>The picture shrunk into a frame of another size, grey where it does not reach.</summary>
    public static Picture Fit(Picture picture, int width, int height)
    {
        picture = ImageCodec.Shrink(picture, Math.Min(width, height));
        var pixels = new byte[width * height * Picture.Channels];
        pixels.AsSpan().Fill(127);
        for (var y = 0; y < picture.Height; y++)
            picture.Row(y).CopyTo(pixels.AsSpan(y * width * Picture.Channels));
        return new Picture(width, height, pixels);
    }
}
