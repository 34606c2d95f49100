using System.Runtime.InteropServices;

namespace Sightline.Faces.Detection;

/// <summary>
/// Greedy non-maximum suppression: the best candidate stays, all that overlap it too much go, and so on. Survivors come best first. Not thread-safe: it keeps
/// its memory from one call to the next.
/// </summary>
internal sealed class Suppression
{
    private readonly List<(float Score, int Index)> _order = [];
    private readonly Neighbourhood _neighbours = new();

    /// <summary>
    /// Adds those that stay to <paramref name="kept"/>. Overlap is intersection over union, as in torchvision. Of equal scores the earlier candidate wins.
    /// The limit is 0.5 or more, which bounds where the rivals of a box can lie.
    /// </summary>
    public void OverUnion(List<Candidate> candidates, float limit, List<Candidate> kept)
    {
        Order(candidates);
        _order.Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Index - b.Index);
        _neighbours.Clear(limit);
        foreach (var (_, index) in _order)
        {
            if (_neighbours.TryAdd(candidates[index].Box)) kept.Add(candidates[index]);
        }
    }

    /// <summary>
    /// Adds those that stay to <paramref name="kept"/>, which is empty. Overlap is the intersection as a part of the smaller box, last pixels counted, so that
    /// a box within another goes too. Of equal scores the later candidate wins, as the reference sorts ascending and takes from the end.
    /// </summary>
    public void OverSmaller(List<Candidate> candidates, float limit, List<Candidate> kept)
    {
        Order(candidates);
        _order.Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : b.Index - a.Index);
        foreach (var (_, index) in _order)
        {
            if (!Overlaps(kept, candidates[index].Box, limit)) kept.Add(candidates[index]);
        }
    }

    private void Order(List<Candidate> candidates)
    {
        _order.Clear();
        for (var i = 0; i < candidates.Count; i++) _order.Add((candidates[i].Score, i));
    }

    private static bool Overlaps(List<Candidate> better, Box box, float limit)
    {
        foreach (var other in CollectionsMarshal.AsSpan(better))
        {
            if (PartOfSmaller(other.Box, box) > limit) return true;
        }
        return false;
    }

    private static float PartOfSmaller(Box a, Box b)
    {
        var width = Math.Max(0, Math.Min(a.X2, b.X2) - Math.Max(a.X1, b.X1) + 1);
        var height = Math.Max(0, Math.Min(a.Y2, b.Y2) - Math.Max(a.Y1, b.Y1) + 1);
        return width * height / Math.Min((a.Width + 1) * (a.Height + 1), (b.Width + 1) * (b.Height + 1));
    }

    /// <summary>
    /// The boxes kept so far, found again by size and place. Comparing all with all took 222 s on a picture of 16 megapixels
    /// full of small faces. Where intersection over union exceeds a half, so does the overlap along each axis; then sides differ
    /// by less than a factor of two, and centres by no more than half the side.
    /// </summary>
    private sealed class Neighbourhood
    {
        // Boxes under 1/256 of a pixel share the smallest cells, so that their numbers stay within an int.
        private const int SmallestOctave = -8;

        // The boxes of a cell hang together: its last one here, the one before it in Next; 0 is none, so places count from 1.
        private readonly Dictionary<(int Octave, int X, int Y), int> _last = [];
        private readonly List<(Box Box, int Next)> _boxes = [];
        private float _limit;

        public void Clear(float limit)
        {
            _limit = limit >= 0.5f ? limit : throw new ArgumentOutOfRangeException(nameof(limit), limit, "wanted 0.5 or more");
            _last.Clear();
            _boxes.Clear();
        }

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
                        if (_last.TryGetValue((near, column, row), out var last) && Overlaps(last, box)) return false;
                    }
                }
            }
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, (octave, Cell(x, octave), Cell(y, octave)), out _);
            _boxes.Add((box, place));
            place = _boxes.Count;
            return true;
        }

        private bool Overlaps(int place, Box box)
        {
            for (; place > 0; place = _boxes[place - 1].Next)
            {
                if (_boxes[place - 1].Box.Overlap(box) > _limit) return true;
            }
            return false;
        }

        // Cells of an octave are as wide as its largest boxes, so that a search looks at a few only.
        private static int Cell(float at, int octave) => (int)MathF.Floor(MathF.ScaleB(at, -octave - 1));
    }
}
