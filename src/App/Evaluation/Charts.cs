using System.Globalization;
using System.Text;

namespace Sightline.App.Evaluation;

/// <summary>Drawings for a page, in SVG that lies in it.</summary>
internal static class Charts
{
    private const int Width = 640, Height = 340, Left = 56, Right = 16, Top = 12, Bottom = 44;
    private const int PlotWidth = Width - Left - Right, PlotHeight = Height - Top - Bottom;
    private const double BinWidth = 0.02; // of similarity: fine enough for the shape, wide enough that small sets still show one

    /// <summary>True matches over false ones, these on a logarithmic scale: what matters happens below 1 in 100.</summary>
    public static Html Curve(Roc roc, float modelThreshold)
    {
        var (genuine, impostors) = (roc.Genuine.Length, roc.Impostors.Length);
        if (genuine == 0 || impostors == 0) return $"<p>There is no curve without comparisons of both kinds.</p>";
        var decades = (int)Math.Log10(impostors) + 1; // one more than 1 in n lies in, so that the left edge is none
        var lowest = Floor((double)roc.Points().TakeWhile(point => point.Impostors == 0).LastOrDefault().Genuine / genuine);
        double X(double rate) => Left + PlotWidth * (1 + Math.Max(-decades, Math.Log10(rate)) / decades);
        double Y(double rate) => Top + PlotHeight * (1 - (Math.Max(lowest, rate) - lowest) / (1 - lowest));

        var line = new Line();
        line.To(X(0), Y(0));
        foreach (var point in roc.Points()) line.To(X((double)point.Impostors / impostors), Y((double)point.Genuine / genuine));
        Html Dot(float threshold, string kind) =>
            $"""<circle class="{kind}" r="5" cx="{X((double)roc.ImpostorsFrom(threshold) / impostors):0.0}" cy="{Y((double)roc.GenuineFrom(threshold) / genuine):0.0}"/>""";
        return Plot("ROC curve: true-match rate over false-match rate", "false matches", "true matches",
            Enumerable.Range(-decades, decades + 1).Select(power => (X(Math.Pow(10, power)), power == 0 ? "all" : power == -decades ? "none" : OneIn(-power))),
            Enumerable.Range(0, 6).Select(step => lowest + (1 - lowest) * step / 5).Select(rate => (Y(rate), Percent(rate))),
            $"""<path class="line" d="{line.Path}"/>{Dot(roc.BestThreshold, "best")}{Dot(modelThreshold, "model")}""");
    }

    /// <summary>How often each similarity was seen, each kind by itself, so that many comparisons of two people do not flatten the few of one.</summary>
    public static Html Histogram(Roc roc, float modelThreshold)
    {
        float[] edges = [.. Ends(roc.Genuine.Span), .. Ends(roc.Impostors.Span), roc.BestThreshold, modelThreshold];
        var (first, last) = (Bin(Math.Max(-1, edges.Min())) - 1, Bin(Math.Min(1, edges.Max())) + 2);
        var (same, others) = (Shares(roc.Genuine.Span, first, last), Shares(roc.Impostors.Span, first, last));
        var highest = Math.Max(1e-9, Math.Max(same.Max(), others.Max()));
        double X(double similarity) => Left + PlotWidth * (similarity / BinWidth - first) / (last - first);
        double Y(double share) => Top + PlotHeight * (1 - share / highest);

        string Outline(double[] shares)
        {
            var line = new Line();
            line.To(X(first * BinWidth), Y(0));
            for (var bin = 0; bin < shares.Length; bin++)
            {
                line.To(X((first + bin) * BinWidth), Y(shares[bin]));
                line.To(X((first + bin + 1) * BinWidth), Y(shares[bin]));
            }
            line.To(X(last * BinWidth), Y(0));
            return line.Path;
        }

        Html Mark(float threshold, string kind) => $"""<line class="{kind}" x1="{X(threshold):0.0}" x2="{X(threshold):0.0}" y1="{Top}" y2="{Top + PlotHeight}"/>""";
        var ticks = Enumerable.Range(-5, 11).Select(step => step / 5.0).Where(similarity => similarity >= first * BinWidth && similarity <= last * BinWidth);
        return Plot("Histogram of similarities", "similarity", "share of its kind",
            ticks.Select(similarity => (X(similarity), similarity.ToString("0.0", CultureInfo.InvariantCulture))),
            Enumerable.Range(0, 5).Select(step => highest * step / 4).Select(share => (Y(share), Percent(share))),
            $"""<path class="others" d="{Outline(others)}"/><path class="same" d="{Outline(same)}"/>{Mark(roc.BestThreshold, "best")}{Mark(modelThreshold, "model")}""");
    }

    private static Html Plot(string name, string across, string up, IEnumerable<(double At, string Text)> xTicks, IEnumerable<(double At, string Text)> yTicks, Html drawing) =>
        $"""
        <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{name}">
        {xTicks.Select(Vertical)}{yTicks.Select(Horizontal)}
        <text x="{Left + PlotWidth / 2}" y="{Height - 6}" class="middle">{across}</text>
        <text transform="translate(12 {Top + PlotHeight / 2}) rotate(-90)" class="middle">{up}</text>
        {drawing}
        </svg>

        """;

    private static Html Vertical((double At, string Text) tick)
    {
        var anchor = tick.At < Left + 1 ? "start" : tick.At > Width - Right - 1 ? "end" : "middle";
        return $"""
            <line class="grid" x1="{tick.At:0.0}" x2="{tick.At:0.0}" y1="{Top}" y2="{Top + PlotHeight}"/>
            <text x="{tick.At:0.0}" y="{Top + PlotHeight + 16}" class="{anchor}">{tick.Text}</text>
            """;
    }

    private static Html Horizontal((double At, string Text) tick) =>
        $"""
        <line class="grid" x1="{Left}" x2="{Width - Right}" y1="{tick.At:0.0}" y2="{tick.At:0.0}"/>
        <text x="{Left - 5}" y="{tick.At + 4:0.0}" class="end">{tick.Text}</text>
        """;

    /// <summary>Where the vertical axis begins, so that a curve near the top shows its shape.</summary>
    private static double Floor(double withoutFalseMatch) => withoutFalseMatch >= 0.95 ? 0.9 : withoutFalseMatch >= 0.6 ? 0.5 : 0;

    private static float[] Ends(ReadOnlySpan<float> descending) => descending.IsEmpty ? [] : [descending[0], descending[^1]];

    private static int Bin(float similarity) => (int)Math.Floor(similarity / BinWidth);

    private static double[] Shares(ReadOnlySpan<float> similarities, int first, int last)
    {
        var shares = new double[last - first];
        foreach (var similarity in similarities) shares[Math.Clamp(Bin(similarity) - first, 0, shares.Length - 1)] += 1.0 / similarities.Length;
        return shares;
    }

    private static string OneIn(int decades) => string.Create(CultureInfo.InvariantCulture, $"1 in {Math.Pow(10, decades):N0}");

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#} %");

    /// <summary>A line through points, without those that would not show: millions of comparisons become a page's worth.</summary>
    private sealed class Line
    {
        private readonly StringBuilder _path = new();
        private (double X, double Y) _last, _held;
        private bool _isHeld;

        public string Path
        {
            get
            {
                Release();
                return _path.ToString();
            }
        }

        public void To(double x, double y)
        {
            var point = (X: Math.Round(x, 1), Y: Math.Round(y, 1));
            if (_path.Length == 0)
            {
                _last = _held = point;
                Write(point, 'M');
                return;
            }
            if (_isHeld && point == _held) return;
            var goesOn = _isHeld && ((point.X == _held.X && _held.X == _last.X) || (point.Y == _held.Y && _held.Y == _last.Y));
            if (!goesOn) Release();
            (_held, _isHeld) = (point, true);
        }

        private void Release()
        {
            if (!_isHeld) return;
            Write(_held, 'L');
            (_last, _isHeld) = (_held, false);
        }

        private void Write((double X, double Y) point, char kind) => _path.Append(CultureInfo.InvariantCulture, $"{kind}{point.X:0.#} {point.Y:0.#}");
    }
}
