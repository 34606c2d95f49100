using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Sightline.Faces.Detection;

namespace Sightline.Train.Kit;

/// <summary>A matrix in memory whose element (i, j) lies at i * Row + j * Column.</summary>
internal readonly unsafe struct Matrix(float* data, nint row, nint column = 1)
{
    public readonly float* Data = data;
    public readonly nint Row = row, Column = column;
}

/// <summary>
/// Matrix products, the bulk of all training: c = a b, or c += a b. Columns of b and c are consecutive and come in multiples of
/// <see cref="Tensor.Lane"/>; a may be transposed. One thread; the order of every sum is fixed.
/// </summary>
internal static unsafe class Gemm
{
    // Depth of a panel of b that stays in the first cache while rows of a stream past: 256 x 32 floats are 32 KiB.
    private const int PanelDepth = 256;

    public static void Multiply(int rows, int columns, int depth, Matrix a, Matrix b, Matrix c, bool add)
    {
        if (columns % Tensor.Lane != 0 || b.Column != 1 || c.Column != 1)
            throw new ArgumentException($"got {columns} columns, wanted a multiple of {Tensor.Lane}, side by side");
        if (!add && depth == 0) throw new ArgumentException("nothing to sum");
        for (var from = 0; from < depth; from += PanelDepth)
        {
            var part = Math.Min(PanelDepth, depth - from);
            var (left, right) = (new Matrix(a.Data + (from * a.Column), a.Row, a.Column), new Matrix(b.Data + (from * b.Row), b.Row));
            var more = add || from > 0;
            if (Vector512.IsHardwareAccelerated) Panel<Lanes512, Vector512<float>>(rows, columns, part, left, right, c, more);
            else if (Vector256.IsHardwareAccelerated) Panel<Lanes256, Vector256<float>>(rows, columns, part, left, right, c, more);
            else if (Vector128.IsHardwareAccelerated) Panel<Lanes128, Vector128<float>>(rows, columns, part, left, right, c, more);
            else Panel<LanesScalar, float>(rows, columns, part, left, right, c, more);
        }
    }

    private static void Panel<TLanes, TVector>(int rows, int columns, int depth, Matrix a, Matrix b, Matrix c, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var column = 0;
        for (; column <= columns - (2 * TLanes.Count); column += 2 * TLanes.Count)
        {
            for (var row = 0; row < rows; row += 6)
                SixByTwo<TLanes, TVector>(rows - row, depth, new(a.Data + (row * a.Row), a.Row, a.Column), b.Data + column, b.Row, c.Data + (row * c.Row) + column, c.Row, add);
        }
        if (column == columns) return;
        for (var row = 0; row < rows; row += 8)
            EightByOne<TLanes, TVector>(rows - row, depth, new(a.Data + (row * a.Row), a.Row, a.Column), b.Data + column, b.Row, c.Data + (row * c.Row) + column, c.Row, add);
    }

    // Twelve sums, two of b and a broadcast: fifteen of AVX2's sixteen registers, and enough to hide a multiply-add's latency
    // on AVX-512. Where fewer than six rows are left the last is computed again; sums are loaded before any is stored.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixByTwo<TLanes, TVector>(int rows, int depth, Matrix a, float* b, nint bRow, float* c, nint cRow, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint r1 = Math.Min(1, rows - 1), r2 = Math.Min(2, rows - 1), r3 = Math.Min(3, rows - 1), r4 = Math.Min(4, rows - 1), r5 = Math.Min(5, rows - 1);
        float* a0 = a.Data, a1 = a0 + (r1 * a.Row), a2 = a0 + (r2 * a.Row), a3 = a0 + (r3 * a.Row), a4 = a0 + (r4 * a.Row), a5 = a0 + (r5 * a.Row);
        float* c0 = c, c1 = c + (r1 * cRow), c2 = c + (r2 * cRow), c3 = c + (r3 * cRow), c4 = c + (r4 * cRow), c5 = c + (r5 * cRow);
        TVector x0 = TLanes.Zero, x1 = x0, x2 = x0, x3 = x0, x4 = x0, x5 = x0, y0 = x0, y1 = x0, y2 = x0, y3 = x0, y4 = x0, y5 = x0;
        if (add)
        {
            x0 = TLanes.Load(c0); y0 = TLanes.Load(c0 + TLanes.Count);
            x1 = TLanes.Load(c1); y1 = TLanes.Load(c1 + TLanes.Count);
            x2 = TLanes.Load(c2); y2 = TLanes.Load(c2 + TLanes.Count);
            x3 = TLanes.Load(c3); y3 = TLanes.Load(c3 + TLanes.Count);
            x4 = TLanes.Load(c4); y4 = TLanes.Load(c4 + TLanes.Count);
            x5 = TLanes.Load(c5); y5 = TLanes.Load(c5 + TLanes.Count);
        }
        nint at = 0;
        for (var p = depth; p > 0; p--, at += a.Column, b += bRow)
        {
            TVector bx = TLanes.Load(b), by = TLanes.Load(b + TLanes.Count);
            var v = TLanes.Broadcast(a0[at]); x0 = TLanes.MultiplyAdd(v, bx, x0); y0 = TLanes.MultiplyAdd(v, by, y0);
            v = TLanes.Broadcast(a1[at]); x1 = TLanes.MultiplyAdd(v, bx, x1); y1 = TLanes.MultiplyAdd(v, by, y1);
            v = TLanes.Broadcast(a2[at]); x2 = TLanes.MultiplyAdd(v, bx, x2); y2 = TLanes.MultiplyAdd(v, by, y2);
            v = TLanes.Broadcast(a3[at]); x3 = TLanes.MultiplyAdd(v, bx, x3); y3 = TLanes.MultiplyAdd(v, by, y3);
            v = TLanes.Broadcast(a4[at]); x4 = TLanes.MultiplyAdd(v, bx, x4); y4 = TLanes.MultiplyAdd(v, by, y4);
            v = TLanes.Broadcast(a5[at]); x5 = TLanes.MultiplyAdd(v, bx, x5); y5 = TLanes.MultiplyAdd(v, by, y5);
        }
        TLanes.Store(x0, c0); TLanes.Store(y0, c0 + TLanes.Count);
        TLanes.Store(x1, c1); TLanes.Store(y1, c1 + TLanes.Count);
        TLanes.Store(x2, c2); TLanes.Store(y2, c2 + TLanes.Count);
        TLanes.Store(x3, c3); TLanes.Store(y3, c3 + TLanes.Count);
        TLanes.Store(x4, c4); TLanes.Store(y4, c4 + TLanes.Count);
        TLanes.Store(x5, c5); TLanes.Store(y5, c5 + TLanes.Count);
    }

    // For the sixteen columns that may be left over where vectors have sixteen lanes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByOne<TLanes, TVector>(int rows, int depth, Matrix a, float* b, nint bRow, float* c, nint cRow, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var last = rows - 1;
        nint r1 = Math.Min(1, last), r2 = Math.Min(2, last), r3 = Math.Min(3, last), r4 = Math.Min(4, last), r5 = Math.Min(5, last), r6 = Math.Min(6, last), r7 = Math.Min(7, last);
        float* a0 = a.Data, a1 = a0 + (r1 * a.Row), a2 = a0 + (r2 * a.Row), a3 = a0 + (r3 * a.Row), a4 = a0 + (r4 * a.Row), a5 = a0 + (r5 * a.Row), a6 = a0 + (r6 * a.Row), a7 = a0 + (r7 * a.Row);
        TVector x0 = TLanes.Zero, x1 = x0, x2 = x0, x3 = x0, x4 = x0, x5 = x0, x6 = x0, x7 = x0;
        if (add)
        {
            x0 = TLanes.Load(c); x1 = TLanes.Load(c + (r1 * cRow)); x2 = TLanes.Load(c + (r2 * cRow)); x3 = TLanes.Load(c + (r3 * cRow));
            x4 = TLanes.Load(c + (r4 * cRow)); x5 = TLanes.Load(c + (r5 * cRow)); x6 = TLanes.Load(c + (r6 * cRow)); x7 = TLanes.Load(c + (r7 * cRow));
        }
        nint at = 0;
        for (var p = depth; p > 0; p--, at += a.Column, b += bRow)
        {
            var bx = TLanes.Load(b);
            x0 = TLanes.MultiplyAdd(TLanes.Broadcast(a0[at]), bx, x0);
            x1 = TLanes.MultiplyAdd(TLanes.Broadcast(a1[at]), bx, x1);
            x2 = TLanes.MultiplyAdd(TLanes.Broadcast(a2[at]), bx, x2);
            x3 = TLanes.MultiplyAdd(TLanes.Broadcast(a3[at]), bx, x3);
            x4 = TLanes.MultiplyAdd(TLanes.Broadcast(a4[at]), bx, x4);
            x5 = TLanes.MultiplyAdd(TLanes.Broadcast(a5[at]), bx, x5);
            x6 = TLanes.MultiplyAdd(TLanes.Broadcast(a6[at]), bx, x6);
            x7 = TLanes.MultiplyAdd(TLanes.Broadcast(a7[at]), bx, x7);
        }
        TLanes.Store(x0, c); TLanes.Store(x1, c + (r1 * cRow)); TLanes.Store(x2, c + (r2 * cRow)); TLanes.Store(x3, c + (r3 * cRow));
        TLanes.Store(x4, c + (r4 * cRow)); TLanes.Store(x5, c + (r5 * cRow)); TLanes.Store(x6, c + (r6 * cRow)); TLanes.Store(x7, c + (r7 * cRow));
    }
}
