namespace Sightline.App.Evaluation;

/// <summary>Two photographs, as places in <see cref="PairList.Files"/>.</summary>
internal readonly record struct Pair(int First, int Second, bool Same, int Fold);

/// <summary>Which photographs are to be compared, and whether they show one person.</summary>
/// <param name="Root">What <paramref name="Files"/> lie in, for names people can read.</param>
/// <param name="Files">Each once.</param>
/// <param name="Pairs">In the order of the list.</param>
/// <param name="Centred">The person meant is the one in the middle of a photograph (as in LFW), not the one in front.</param>
internal sealed record PairList(string Root, IReadOnlyList<string> Files, IReadOnlyList<Pair> Pairs, bool Centred)
{
    // All pairs of more would be millions of comparisons of the same few faces, and gigabytes.
    internal const int MostPhotosAllAgainstAll = 3000;

    private static readonly string[] Endings = [".jpg", ".png", ".jpeg", ".webp"]; // LFW's own first

    /// <summary>A folder with LFW's pairs.txt, a folder for each person (every pair of photographs), or a CSV.</summary>
    /// <exception cref="Complaint">Which line is wrong, or which file is missing.</exception>
    public static PairList Read(string path)
    {
        if (File.Exists(path)) return OfCsv(path);
        if (!Directory.Exists(path))
            throw new Complaint($"there is no file or folder {path}; wanted a folder with pairs.txt, a folder for each person, or a CSV with fileA,fileB,same");
        return File.Exists(Path.Combine(path, "pairs.txt")) ? OfLfw(path) : OfPeople(path);
    }

    /// <summary>http://vis-www.cs.umass.edu/lfw/README.txt: first "folds N" or "N", then N lines "NAME I J" and N lines "NAME I NAME J" for each fold, all with tabs.</summary>
    private static PairList OfLfw(string folder)
    {
        var file = Path.Combine(folder, "pairs.txt");
        var list = new Builder(folder);
        int? foldSize = null;
        var (line, pairs, dealer) = (0, 0, new FoldDealer());
        foreach (var text in File.ReadLines(file))
        {
            line++;
            var words = text.Split('\t', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            if (line == 1 && words.Length < 3)
            {
                foldSize = words is [_, var each] && int.TryParse(each, out var size) && size > 0 ? 2 * size : null;
                continue;
            }
            if (words.Length is not (3 or 4))
                throw new Complaint($"{file}:{line}: got {Wording.Count(words.Length, "word")}, wanted NAME I J or NAME I NAME J with tabs between them");
            var (same, where) = (words.Length == 3, $"{file}:{line}");
            var first = LfwPhoto(folder, words[0], words[1], where);
            var second = LfwPhoto(folder, words[same ? 0 : 2], words[^1], where);
            list.Add(first, second, same, foldSize is { } part ? pairs / part % Folds.Count : dealer.Next(same));
            pairs++;
        }
        return list.Made(centred: true) ?? throw new Complaint($"{file} has no pairs");
    }

    private static string LfwPhoto(string folder, string name, string number, string where)
    {
        if (!int.TryParse(number, out var n) || n < 0) throw new Complaint($"{where}: got '{number}', wanted the number of a photograph");
        if (name.AsSpan().ContainsAny('/', '\\') || name is "." or "..") throw new Complaint($"{where}: '{name}' is not the name of a folder");
        var file = Path.Combine(folder, name, $"{name}_{n:0000}");
        return Endings.Select(ending => file + ending).FirstOrDefault(File.Exists) ?? throw new Complaint($"{where}: there is no {file}{Endings[0]}");
    }

    private static PairList OfPeople(string folder)
    {
        var people = PeopleFolder.Read(folder).People;
        var photos = people.SelectMany((person, who) => person.Photos.Select(file => (Who: who, File: file))).ToList();
        if (photos.Count < 2) throw new Complaint($"{folder} has neither pairs.txt nor folders with photographs in them; wanted {Path.Combine(folder, "<person>", "*.jpg")}");
        if (photos.Count > MostPhotosAllAgainstAll)
            throw new Complaint($"{folder} has no pairs.txt and {photos.Count:N0} photographs; every pair of at most {MostPhotosAllAgainstAll:N0} is compared. Say which in a CSV with fileA,fileB,same");
        var list = new Builder(folder);
        var dealer = new FoldDealer();
        for (var i = 0; i < photos.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var same = photos[i].Who == photos[j].Who;
                list.Add(photos[j].File, photos[i].File, same, dealer.Next(same));
            }
        }
        return list.Made(centred: false)!;
    }

    /// <summary>fileA,fileB,same; names are relative to the CSV.</summary>
    private static PairList OfCsv(string file)
    {
        var root = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var list = new Builder(root);
        var dealer = new FoldDealer();
        try
        {
            using var reader = new StreamReader(file);
            var isFirst = true;
            foreach (var (line, fields) in Csv.Read(reader))
            {
                Complaint Wrong(string problem) => new($"{file}:{line}: {problem}");
                var mayBeHead = isFirst;
                isFirst = false;
                if (fields is not [var a, var b, var same]) throw Wrong($"got {Wording.Count(fields.Count, "field")}, wanted three: fileA,fileB,same");
                var (first, second) = (Path.GetFullPath(Clean(a), root), Path.GetFullPath(Clean(b), root));
                if (mayBeHead && same is not ("0" or "1") && !File.Exists(first) && !File.Exists(second)) continue; // "fileA,fileB,same", whatever its words
                if (same is not ("0" or "1")) throw Wrong($"got '{same}', wanted 1 (one person) or 0 (two)");
                if (!File.Exists(first)) throw Wrong($"there is no file {first}");
                if (!File.Exists(second)) throw Wrong($"there is no file {second}");
                if (first == second) throw Wrong($"{a} is to be compared with itself, which tells nothing");
                list.Add(first, second, same == "1", dealer.Next(same == "1"));
            }
        }
        catch (FormatException wrong)
        {
            throw new Complaint($"{file}:{wrong.Message}");
        }
        return list.Made(centred: false) ?? throw new Complaint($"{file} has no pairs; wanted lines with fileA,fileB,same");
    }

    // No path can hold it, and the file system's calls throw instead of saying that there is no such file.
    private static string Clean(string path) => path.Replace("\0", "\uFFFD", StringComparison.Ordinal);

    private sealed class Builder(string root)
    {
        private readonly List<string> _files = [];
        private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
        private readonly List<Pair> _pairs = [];

        public void Add(string first, string second, bool same, int fold) => _pairs.Add(new(Place(first), Place(second), same, fold));

        public PairList? Made(bool centred) => _pairs.Count == 0 ? null : new(root, _files, _pairs, centred);

        private int Place(string file)
        {
            if (!_places.TryGetValue(file, out var place)) _places[file] = place = AddFile(file);
            return place;
        }

        private int AddFile(string file)
        {
            _files.Add(file);
            return _files.Count - 1;
        }
    }
}
