namespace Sightline.Faces;

/// <summary>
/// A known face, shown at start to whatever is about to serve: what comes of it at each step is on record, and who makes something else of it
/// refuses to start. The picture is of nobody. Device/Synthetic rendered it, <c>bench -- canary --render FILE</c> does so again, and <c>bench -- canary</c>
/// prints everything about it that is on record, here, in the alignments and in the descriptions of models and detectors.
/// </summary>
internal static class Canary
{
    private const string Resource = "canary.jpg";

    private const string FrameCells =
        "5a5d47 745b4b 4d3e32 a6bc9d 7d875b b0876f 92826b 9db198 809561 8e775c 696b79 90a495 899187 9a9498 868796 94a698";

    private static readonly Lazy<Picture> Decoded = new(() => Checked(Decode()));

    /// <summary>Box and landmarks as the renderer knows them, so that crops depend on no detector.</summary>
    public static Face Face { get; } = new(
        new(35.69f, 34.42f, 100.01f, 112.34f), 1,
        new(new(54.80f, 54.99f), new(77.78f, 54.54f), new(66.28f, 78.20f), new(55.62f, 89.64f), new(76.22f, 90.49f)));

    /// <summary>160x160, decoded as every frame is.</summary>
    /// <exception cref="CanaryException">The decoder gives another picture.</exception>
    public static Picture Frame => Decoded.Value;

    /// <summary>The crop of the face, as an alignment cuts it.</summary>
    /// <exception cref="CanaryException">The alignment, or the decoder before it, gives another one.</exception>
    public static Picture Crop(Alignment alignment)
    {
        var crop = alignment.Cut(Frame, Face);
        return Cells.Difference(crop, alignment.CanaryCells) is not { } difference
            ? crop
            : throw new CanaryException($"the canary's crop by {alignment.Id} is not the known one: {difference}. " + (Cells.Difference(Exchanged(crop), alignment.CanaryCells) is null
                ? "It looks like channel order: with red and blue exchanged it is right, and so is the frame it is cut from, so the cutting exchanges them. "
                : "It looks like a wrong template: the frame it is cut from is right, so the face was brought to another place, size or angle than the model was trained on. ")
                + OfThisBuild);
    }

    /// <summary>The same picture with red and blue exchanged.</summary>
    public static Picture Exchanged(Picture picture)
    {
        var pixels = picture.Pixels.ToArray();
        for (var i = 0; i < pixels.Length; i += Picture.Channels) (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
        return new(picture.Width, picture.Height, pixels);
    }

    /// <summary>The canary's encoded bytes.</summary>
    public static byte[] Jpeg()
    {
        using var stream = typeof(Canary).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"this assembly was built without {Resource}");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The frame, if it is the known one.</summary>
    internal static Picture Checked(Picture frame) => Cells.Difference(frame, FrameCells) is not { } difference
        ? frame
        : throw new CanaryException($"the canary's frame is not decoded as it should be: {difference}. " + (Cells.Difference(Exchanged(frame), FrameCells) is null
            ? "It looks like channel order: the decoder gives blue for red, which with red and blue exchanged would be right. "
            : "It looks like another or a broken image decoder (libSkiaSharp). ")
            + OfThisBuild);

    internal const string OfThisBuild = "Settings and downloads have no part in this: the program or its libraries are not those that were tested. Install Sightline again, whole; if it stays, report this line.";

    private static Picture Decode() => ImageCodec.TryDecode(Jpeg(), out var frame, out var problem)
        ? frame
        : throw new CanaryException($"the canary's frame cannot be decoded: {problem}. It looks like another or a broken image decoder (libSkiaSharp). {OfThisBuild}");
}
