using System.Numerics;
using System.Runtime.Intrinsics;

namespace Sightline.Device.Synthetic;

/// <summary>
/// A surface as a grid of points, row by row, in head units. A closed grid joins its last column to its first (which are the same points).
/// <c>Map</c> holds what the painter wants at each point: u, v, the neutral face's x and y, and how open the place is to the sky (1) or hidden (0).
/// </summary>
internal sealed class Mesh(int rows, int columns, bool closed)
{
    public int Rows => rows;
    public int Columns => columns;
    public bool Closed => closed;
    public Vector3[] Points { get; } = new Vector3[rows * columns];
    public Vector3[] Normals { get; } = new Vector3[rows * columns];
    public Vector256<float>[] Map { get; } = new Vector256<float>[rows * columns];

    public static Vector256<float> Place(float u, float v, float x, float y, float open) => Vector256.Create(0, 0, 0, u, v, x, y, open);

    /// <summary>Normals by the difference of neighbours; <paramref name="step"/> takes every step-th row and column only.</summary>
    public static void FindNormals(ReadOnlySpan<Vector3> points, Span<Vector3> normals, int rows, int columns, bool closed, int step = 1)
    {
        for (var r = 0; r < rows; r += step)
        {
            int above = Math.Max(r - step, 0) * columns, below = Math.Min(r + step, rows - 1) * columns, row = r * columns;
            for (var c = 0; c < columns; c += step)
            {
                var left = c >= step ? c - step : closed ? columns - 1 - step : 0;
                var right = c + step < columns ? c + step : closed ? step : columns - 1;
                var across = points[row + right] - points[row + left];
                var down = points[below + c] - points[above + c];
                var normal = Vector3.Cross(down, across);
                var length = normal.LengthSquared();
                normals[row + c] = length > 1e-14f ? normal / MathF.Sqrt(length) : Vector3.UnitY;
            }
        }
    }

    public Mesh WithNormals()
    {
        FindNormals(Points, Normals, Rows, Columns, Closed);
        return this;
    }
}
