using System.Runtime.Intrinsics;

namespace Sightline.Faces.Detection;

/// <summary>
/// A 3x3 convolution with fewer multiplications (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308): a tile of 5x5
/// pixels becomes values at 25 points, which are multiplied with the kernel's, and 3x3 results are made of the products: 25 multiplications in place of
/// 81. Tiles of 3x3 because the planes that take most of the time are 9x9 and 21x21. Rounding differs a little from the direct way's; tests hold all
/// networks to the reference within 1e-4. Not for the three colours of a picture, where the transforms would cost more than they save.
/// </summary>
internal static class Winograd
{
    /// <summary>Results along a side of a tile.</summary>
    public const int Side = 3;

    public static Convolution Pack(LayerWeights layer, LaneWidth width) => width switch
    {
        LaneWidth.Bits512 => new Winograd<Lanes512, Vector512<float>>(layer, width),
        LaneWidth.Bits256 => new Winograd<Lanes256, Vector256<float>>(layer, width),
        LaneWidth.Bits128 => new Winograd<Lanes128, Vector128<float>>(layer, width),
        _ => new Winograd<LanesScalar, float>(layer, width),
    };
}
