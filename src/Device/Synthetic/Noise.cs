namespace Sightline.Device.Synthetic;

/// <summary>Value noise on an integer lattice, 0 to 1: the grain of skin, hair, cloth and walls.</summary>
internal static class Noise
{
    public static float At(float x, float y, uint seed)
    {
        int ix = Floor(x), iy = Floor(y);
        float fx = x - ix, fy = y - iy;
        fx = fx * fx * (3 - (2 * fx));
        fy = fy * fy * (3 - (2 * fy));
        var near = Smooth.Lerp(Lattice(ix, iy, seed), Lattice(ix + 1, iy, seed), fx);
        var far = Smooth.Lerp(Lattice(ix, iy + 1, seed), Lattice(ix + 1, iy + 1, seed), fx);
        return Smooth.Lerp(near, far, fy);
    }

    /// <summary>The same in space, for surfaces that no flat map covers without a seam.</summary>
    public static float At(float x, float y, float z, uint seed)
    {
        var iz = Floor(z);
        var fz = z - iz;
        fz = fz * fz * (3 - (2 * fz));
        return Smooth.Lerp(At(x, y, seed + ((uint)iz * 0x85EBCA6B)), At(x, y, seed + ((uint)(iz + 1) * 0x85EBCA6B)), fz);
    }

    /// <summary>Four octaves, each twice as fine and half as strong.</summary>
    public static float Cloud(float x, float y, uint seed) =>
        ((8 * At(x, y, seed)) + (4 * At(2 * x, 2 * y, seed + 1)) + (2 * At(4 * x, 4 * y, seed + 2)) + At(8 * x, 8 * y, seed + 3)) / 15;

    public static float Lattice(int x, int y, uint seed)
    {
        var h = ((uint)x * 0x9E3779B1) ^ ((uint)y * 0x85EBCA77) ^ (seed * 0xC2B2AE3D);
        h = (h ^ (h >> 15)) * 0x2C1B3C6D;
        h = (h ^ (h >> 12)) * 0x297A2D39;
        return ((h ^ (h >> 15)) >> 8) * (1f / (1 << 24));
    }

    private static int Floor(float x)
    {
        var i = (int)x;
        return x < i ? i - 1 : i;
    }
}
