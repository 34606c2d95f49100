namespace Sightline.Faces.Detection;

/// <summary>Greedy non-maximum suppression: the best candidate stays, all that overlap it too much go, and so on. Survivors come best first.</summary>
internal static class Suppression
{
    /// <summary>
    /// Overlap is intersection over union, as in torchvision. Of equal scores the earlier candidate wins.
    /// The limit is 0.5 or more, which bounds where the rivals of a box can lie.
    /// </summary>
    public static List<Candidate> OverUnion(List<Candidate> candidates, float limit)
    {
        var kept = new List<Candidate>();
        var neighbours = new Neighbourhood(limit);
        foreach (var candidate in BestFirst(candidates, earlierWins: true))
        {
            if (neighbours.TryAdd(candidate.Box)) kept.Add(candidate);
        }
        return kept;
    }

    /// <summary>
    /// Overlap is the intersection as a part of the smaller box, last pixels counted, so that a box within another goes too.
    /// Of equal scores the later candidate wins, as the reference sorts ascending and takes from the end.
    /// </summary>
    public static List<Candidate> OverSmaller(List<Candidate> candidates, float limit)
    {
        var kept = new List<Candidate>();
        foreach (var candidate in BestFirst(candidates, earlierWins: false))
        {
            if (!kept.Exists(better => PartOfSmaller(better.Box, candidate.Box) > limit)) kept.Add(candidate);
        }
        return kept;
    }

    private static float PartOfSmaller(Box a, Box b)
    {
        var width = Math.Max(0, Math.Min(a.X2, b.X2) - Math.Max(a.X1, b.X1) + 1);
        var height = Math.Max(0, Math.Min(a.Y2, b.Y2) - Math.Max(a.Y1, b.Y1) + 1);
        return width * height / Math.Min((a.Width + 1) * (a.Height + 1), (b.Width + 1) * (b.Height + 1));
    }

    private static Candidate[] BestFirst(List<Candidate> candidates, bool earlierWins)
    {
        var order = new (float Score, int Index)[candidates.Count];
        for (var i = 0; i < order.Length; i++) order[i] = (candidates[i].Score, i);
        Array.Sort(order, (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : earlierWins ? a.Index - b.Index : b.Index - a.Index);
        return Array.ConvertAll(order, o => candidates[o.Index]);
    }

    /// <summary>
    /// The boxes kept so far, found again by size and place. Comparing all with all took 222 s on a picture of 16 megapixels
    /// full of small faces. Where intersection over union exceeds a half, so does the overlap along each axis; then sides differ
    /// by less than a factor of two, and centres by no more than half the side.
    /// </summary>
    private sealed class Neighbourhood(float limit)
    {
        // Boxes under 1/256 of a pixel share the smallest cells, so that their numbers stay within an int.
        private const int SmallestOctave = -8;

        private readonly float _limit = limit >= 0.5f ? limit : throw new ArgumentOutOfRangeException(nameof(limit), limit, "wanted 0.5 or more");
        private readonly Dictionary<(int Octave, int X, int Y), List<Box>> _cells = [];

        /// <summary>Adds a box unless it overlaps one that is there.</summary>
        public bool TryAdd(Box box)
        {
            var side = Math.Max(box.Width, box.Height);
            // Without area it overlaps nothing.
            if (!(side > 0)) return true;
            var octave = Math.Max(SmallestOctave, MathF.ILogB(side));
            var (x, y) = ((box.X1 + box.X2) / 2, (box.Y1 + box.Y2) / 2);
            // A little more than half, for rounding.
            var reach = side * 0.51f;
            for (var near = octave - 1; near <= octave + 1; near++)
            {
                for (var row = Cell(y - reach, near); row <= Cell(y + reach, near); row++)
                {
                    for (var column = Cell(x - reach, near); column <= Cell(x + reach, near); column++)
                    {
                        if (_cells.TryGetValue((near, column, row), out var boxes) && boxes.Exists(other => other.Overlap(box) > _limit)) return false;
                    }
                }
            }
            var key = (octave, Cell(x, octave), Cell(y, octave));
            if (!_cells.TryGetValue(key, out var cell)) _cells[key] = cell = [];
            cell.Add(box);
            return true;
        }

        // Cells of an octave are as wide as its largest boxes, so that a search looks at a few only.
        private static int Cell(float at, int octave) => (int)MathF.Floor(MathF.ScaleB(at, -octave - 1));
    }
}
