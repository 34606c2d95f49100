using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sightline.Bench;

/// <summary>In pixels; 512 is 512x512.</summary>
internal readonly record struct FrameSize(int Width, int Height)
{
    // As ImageCodec has it; and below 12 there is no cell to search.
    private const int Smallest = 12, Largest = 65_535;

    public override string ToString() => $"{Width}x{Height}";

    public static bool TryParse(string text, [NotNullWhen(true)] out FrameSize? size)
    {
        var sides = text.Split('x');
        size = null;
        if (sides.Length > 2 || !Side(sides[0], out var width) || !Side(sides[^1], out var height)) return false;
        size = new(width, height);
        return true;
    }

    /// <summary>For the command line.</summary>
    public static FrameSize Parse(ArgumentResult argument)
    {
        if (TryParse(argument.Tokens[0].Value, out var size)) return size.Value;
        argument.AddError($"got --size {argument.Tokens[0].Value}, wanted a side such as 512, or WIDTHxHEIGHT such as 1920x1080, in pixels from {Smallest} to {Largest}");
        return default;
    }

    private static bool Side(string text, out int side) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out side) && side is >= Smallest and <= Largest;
}
