namespace Sightline.App.Evaluation;

/// <summary>A report as one HTML file that needs nothing else and loads nothing: it opens from the disk, without a network and without scripts. It is well-formed XML too.</summary>
internal static class Page
{
    /// <exception cref="Complaint">Nothing would be found under that name, or something else is overwritten.</exception>
    public static void Check(string? file)
    {
        if (file is null) return;
        if (!Path.GetExtension(file).Equals(".html", StringComparison.OrdinalIgnoreCase)) throw Complaint.Usage($"--out {file}: wanted a name that ends in .html");
        if (Directory.Exists(file)) throw Complaint.Usage($"--out {file}: that is a folder, wanted a name for a file");
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder)) throw Complaint.Usage($"--out {file}: there is no folder {folder}");
    }

    /// <summary>Readable by this user only: it holds pictures of people.</summary>
    public static void Write(string file, EvalReport report, IReadOnlyList<WorstPairs> worst)
    {
        File.Delete(file); // one that is there keeps the rights it has
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(file, options);
        writer.Write(Of(report, worst).ToString());
    }

    public static Html Of(EvalReport report, IReadOnlyList<WorstPairs> worst) =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
        <meta name="viewport" content="width=device-width"/>
        <title>{report.Title}</title>
        {Style}
        </head>
        <body>
        <h1>{report.Title}</h1>
        <p class="made">{report.Made}. This page holds pictures of real people: keep it as you keep the photographs.</p>
        <table>
        {report.Rows.Select(Row)}</table>
        <h2>What each threshold lets through</h2>
        {Charts.Curve(report.Roc, report.Model)}
        <p class="key"><i class="best dot"></i>best threshold {report.Roc.BestThreshold:0.00} <i class="model dot"></i>the model's, {report.Model:0.00}</p>
        <h2>Similarities</h2>
        {Charts.Histogram(report.Roc, report.Model)}
        <p class="key"><i class="same"></i>{report.SameAre} ({report.Roc.Genuine.Length:N0}) <i class="others"></i>{report.OthersAre} ({report.Roc.Impostors.Length:N0})
        <i class="best"></i>best threshold <i class="model"></i>the model's</p>
        {worst.Select(Group)}{report.Listed.Where(list => list.Photos.Count > 0).Select(Listed)}</body>
        </html>

        """;

    private static Html Row((string Label, string Text) row) => $"<tr><th>{row.Label}</th><td>{row.Text}</td></tr>\n";

    private static Html Group(WorstPairs group) =>
        $"""
        <h2>{group.Heading}</h2>
        <div class="pairs">
        {group.Pairs.Select(Figure)}</div>

        """;

    private static Html Figure(WorstPair pair) =>
        $"""
        <figure>{Picture(pair.First)}{Picture(pair.Second)}<figcaption><b>{pair.Similarity:0.000}</b> {Name(pair.First)} {Name(pair.Second)}</figcaption></figure>

        """;

    private static Html Picture(WorstFace face) => $"""<img alt="{face.Photo}" src="data:image/jpeg;base64,{Convert.ToBase64String(face.Jpeg)}"/>""";

    private static Html Name(WorstFace face) => $"<bdi>{face.Photo}</bdi>";

    private static Html Listed(PhotoList list) =>
        $"""
        <h2>{list.Heading}: {list.Photos.Count:N0}</h2>
        <ul>
        {list.Photos.Select(Item)}</ul>

        """;

    private static Html Item(string photo) => $"<li><bdi>{photo}</bdi></li>\n";

    private static Html Style =>
        $$"""
        <style>
        :root { color-scheme: light dark; --same: #1a7f5a; --others: #b4472e; --best: #8250df; --model: #0969da; --grid: #8884; }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
        .made { opacity: .75; }
        table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: .15rem 1.2rem .15rem 0; } th { font-weight: 600; white-space: nowrap; }
        svg { width: 100%; max-width: 46rem; font: 11px system-ui, sans-serif; } svg text { fill: currentColor; }
        .middle { text-anchor: middle; } .end { text-anchor: end; } .start { text-anchor: start; }
        .grid { stroke: var(--grid); } path.line { fill: none; stroke: currentColor; stroke-width: 1.8; }
        path.same { fill: var(--same); fill-opacity: .35; stroke: var(--same); } path.others { fill: var(--others); fill-opacity: .35; stroke: var(--others); }
        line.best { stroke: var(--best); stroke-dasharray: 5 3; stroke-width: 1.5; } line.model { stroke: var(--model); stroke-width: 1.5; }
        circle.best { fill: var(--best); } circle.model { fill: none; stroke: var(--model); stroke-width: 2.5; }
        .key i { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 1em; } .key i.dot { border-radius: 50%; }
        i.same { background: var(--same); } i.others { background: var(--others); } i.best { background: var(--best); } i.model { background: var(--model); } i.model.dot { background: none; border: 2px solid var(--model); box-sizing: border-box; }
        .pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(236px, 1fr)); gap: 1rem; }
        figure { margin: 0; } figure img { width: 112px; height: 112px; margin-right: 4px; } figcaption { font-size: .8rem; line-height: 1.35; } bdi { display: block; }
        </style>
        """;
}
