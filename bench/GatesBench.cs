using System.Text.Json.Nodes;
using Sightline.Device.Synthetic;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>
/// What each gate costs and saves: good photographs, and the same ones made worse in steps, are searched for with and without the gates.
/// Each search is made twice: among everybody enrolled, and among everybody else, where the face is a stranger's.
/// </summary>
internal sealed class GatesBench(AssetStore assets)
{
    // As large as the faces that are blurred: what is then lost is lost to blur.
    private const int BlurredFace = 120;

    // LFW's crops: the detector's box on one of them has a shorter side of 79 pixels (median) of the crop's 112.
    private const float BoxOfCrop = 79f / 112;

    // Of LFW's photographs that are not enrolled, every sixth is made worse.
    private const int EverySixth = 6;

    /// <summary>Shares of a face's shorter side: the Gaussian's deviation, and the way of a face that moves to the side.</summary>
    private static readonly double[] Defocus = [0.015, 0.025, 0.035, 0.05], Motion = [0.05, 0.1, 0.15, 0.2];

    private static readonly int[] Sizes = [60, 40, 30, 20];

    private static readonly Landmarks Template = Landmarks.From([new(38.2946f, 51.6963f), new(73.5318f, 51.5014f), new(56.0252f, 71.7366f), new(41.5493f, 92.3655f), new(70.7299f, 92.2041f)]);

    private static FaceModel Model => FaceModel.MobileFaceNet;

    /// <summary>One photograph of each person enrolled, the others searched for.</summary>
    public IEnumerable<(string Step, JsonObject Figures)> Samples(string folder)
    {
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, assets);
        using var embedder = Embedder.Load(Model, assets);
        List<(string Person, Picture Photo)> photos = [.. Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(Path.GetDirectoryName(file)!), ImageCodec.Shrink(Decode(file), 1000)))];
        var enrolled = photos.DistinctBy(photo => photo.Person).ToList();
        var gallery = new SearchTrial(Model.Threshold, [.. enrolled.Select(photo => (photo.Person, VectorOf(embedder, photo.Photo, Look(mtcnn, photo.Photo, 40)!)))]);
        var others = photos.Except(enrolled).ToList();
        foreach (var (step, change, smallest) in Steps())
        {
            yield return Row("samples", step, gallery.Judge(others.Select(photo =>
            {
                var found = Look(mtcnn, photo.Photo, 40) ?? throw new InvalidDataException($"a photograph of {photo.Person} has no face");
                var (worse, face) = (photo.Photo, found);
                if (change is not null)
                {
                    worse = change(photo.Photo, ShorterSide(found));
                    if (Look(mtcnn, worse, smallest) is not { } again) return new(photo.Person, null, null, 0);
                    face = again;
                }
                return Probe(embedder, photo.Person, worse, face, face.Score, Alignment.FivePoints112.Cut(worse, face));
            })));
        }
    }

    /// <summary>One crop of each of LFW's people enrolled, the others searched for: what thousands of good photographs lose, and what a large gallery makes of bad ones.</summary>
    public IEnumerable<(string Step, JsonObject Figures)> Lfw(string folder)
    {
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, assets);
        using var embedder = Embedder.Load(Model, assets);
        var people = Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Select(person => Directory.GetFiles(person, "*.jpg").Order(StringComparer.Ordinal).ToArray()).Where(files => files.Length > 0).ToArray();
        var probes = people.SelectMany(files => files.Skip(1).Select(file => (Person: files[0], Crop: Decode(file)))).ToArray();
        // Angles and score of the crop as it is: worse ones are aligned as it was.
        var seen = probes.AsParallel().AsOrdered().Select(probe => Look(mtcnn, probe.Crop, 40)).ToArray();

        var gallery = Enrolled(crop => crop);
        foreach (var (step, change, _) in Steps()) yield return Row("lfw", step, gallery.Judge(Searched(change, change is null ? 1 : EverySixth)));
        foreach (var share in Defocus[^2..])
            yield return Row("lfw", $"enrolled out of focus by {share * 100:0.0} %", Enrolled(crop => Worsening.Defocused(crop, crop.Width * BoxOfCrop * share)).Judge(Searched(null, EverySixth)));

        SearchTrial Enrolled(Func<Picture, Picture> change) => new(Model.Threshold, [.. people.AsParallel().AsOrdered().Select(files => (files[0], embedder.Embed(change(Decode(files[0])))))]);

        IEnumerable<Probe> Searched(Func<Picture, float, Picture>? change, int every) => probes.AsParallel().AsOrdered().Select((probe, i) => (probe, i)).Where(one => one.i % every == 0).Select(one =>
        {
            var (probe, i) = one;
            var side = probe.Crop.Width * BoxOfCrop;
            var worse = change?.Invoke(probe.Crop, side) ?? probe.Crop;
            var scale = (float)worse.Width / probe.Crop.Width;
            // Pixel centres lie on whole numbers: half a pixel is where the corner is.
            var landmarks = Template.Moved(new(-0.5f), scale).Moved(new(0.5f), 1);
            var face = new Face(new Box(0, 0, side * scale, side * scale), 1, landmarks);
            var got = Probe(embedder, probe.Person, worse, face, seen[i]?.Score ?? 1, Alignment.FivePoints112.Cut(worse, face));
            return seen[i] is { } found ? got with { Quality = FaceQuality.Of(found, null) with { Size = got.Quality!.Size, Sharpness = got.Quality.Sharpness } } : got;
        });
    }

    /// <summary>People who do not exist, whose heads are known to turn: enrolled from a portrait each, looking further and further away.</summary>
    public IEnumerable<(string Step, JsonObject Figures)> Turned()
    {
        const int people = 60, frames = 900;
        const ulong first = 80_000;
        const float widest = 75, band = 15;
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, assets);
        using var embedder = Embedder.Load(Model, assets);
        var met = new SyntheticPeople();
        var gallery = new SearchTrial(Model.Threshold with { Similarity = 0.73f }, [.. Enumerable.Range(0, people).AsParallel().AsOrdered().Select(p =>
        {
            var portrait = new SyntheticCamera(SyntheticOptions.Enrolling(first + (ulong)p), met).Render(0);
            return ($"{portrait.Faces[0].Person}", VectorOf(embedder, portrait.Picture, Look(mtcnn, portrait.Picture, 40)!));
        })]);
        var camera = new SyntheticCamera(new() { Seed = 42, People = people, FirstPerson = first, Turn = widest }, met);
        var probes = Enumerable.Range(0, frames).AsParallel().AsOrdered().Select(number =>
        {
            var frame = camera.Render(number);
            var truth = frame.Faces[0];
            var face = Look(mtcnn, frame.Picture, 40) is { } best && best.Box.Overlap(truth.Box) > 0.3f ? best : null;
            return (truth, Probe: face is null ? new Probe($"{truth.Person}", null, null, 0)
                : Probe(embedder, $"{truth.Person}", frame.Picture, face, face.Score, Alignment.FivePoints112.Cut(frame.Picture, face)));
        }).ToArray();
        for (var from = 0f; from < widest; from += band)
        {
            var within = probes.Where(one => MathF.Abs(one.truth.Yaw) >= from && MathF.Abs(one.truth.Yaw) < from + band).ToArray();
            var (name, figures) = Row("synthetic", $"turned by {from:0} to {from + band:0} degrees", gallery.Judge(within.Select(one => one.Probe)));
            var found = within.Where(one => one.Probe.Quality is not null).ToArray();
            figures["yaw_error"] = Math.Round(found.Average(one => MathF.Abs(one.Probe.Quality!.Yaw - one.truth.Yaw)), 1);
            figures["yaw_told"] = Math.Round(found.Average(one => one.Probe.Quality!.Yaw * MathF.Sign(one.truth.Yaw)), 1);
            figures["pitch_error"] = Math.Round(found.Average(one => MathF.Abs(one.Probe.Quality!.Pitch - one.truth.Pitch)), 1);
            figures["roll_error"] = Math.Round(found.Average(one => MathF.Abs(one.Probe.Quality!.Roll - one.truth.Roll)), 1);
            yield return (name, figures);
        }
    }

    private static IEnumerable<(string Step, Func<Picture, float, Picture>? Change, int Smallest)> Steps()
    {
        yield return ("as they are", null, 40);
        foreach (var size in Sizes) yield return ($"{size} pixels", (photo, side) => FaceOf(photo, side, size), Math.Max(12, size / 2));
        foreach (var share in Defocus) yield return ($"out of focus by {share * 100:0.0} %", (photo, side) => Blurred(photo, side, face => face * share, Worsening.Defocused), 40);
        foreach (var share in Motion) yield return ($"moved by {share * 100:0} %", (photo, side) => Blurred(photo, side, face => face * share, Worsening.Moved), 40);
    }

    private static Picture Blurred(Picture photo, float side, Func<double, double> amount, Func<Picture, double, Picture> worsen)
    {
        var size = Math.Min(BlurredFace, side);
        return worsen(FaceOf(photo, side, size), amount(size));
    }

    /// <summary>The photograph with its face at this size; a smaller one stays as it is.</summary>
    private static Picture FaceOf(Picture photo, float side, float size) =>
        ImageCodec.Shrink(photo, (int)Math.Round(Math.Max(photo.Width, photo.Height) * Math.Min(1, size / side)));

    private static Probe Probe(Embedder embedder, string person, Picture photo, Face face, float score, Picture aligned) =>
        new(person, embedder.Embed(Model.Alignment.Cut(photo, face)), FaceQuality.Of(face, aligned), score);

    private static float[] VectorOf(Embedder embedder, Picture photo, Face face) => embedder.Embed(Model.Alignment.Cut(photo, face));

    private static Face? Look(Mtcnn mtcnn, Picture photo, int smallest) => mtcnn.Detect(photo, new DetectOptions { MinFaceSize = smallest }) is [var largest, ..] ? largest : null;

    private static float ShorterSide(Face face) => MathF.Min(face.Box.Width, face.Box.Height);

    private static Picture Decode(string file) =>
        ImageCodec.TryDecode(File.ReadAllBytes(file), out var picture, out var problem) ? picture : throw new InvalidDataException($"{file}: {problem}");

    private static (string Step, JsonObject Figures) Row(string photographs, string step, Judged got)
    {
        var figures = Machine.Describe();
        figures["photographs"] = photographs;
        figures["step"] = step;
        figures["searched"] = got.Searched;
        figures["found"] = got.Found;
        figures["right"] = got.Right;
        figures["wrong"] = got.Wrong;
        figures["missed"] = got.Missed;
        foreach (var name in Gates.Names) figures[name] = got.Stopped.GetValueOrDefault(name);
        figures["right_lost"] = got.RightLost;
        figures["mistakes_explained"] = got.MistakesExplained;
        figures["strangers_named"] = got.StrangersNamed;
        figures["strangers_named_behind_gates"] = got.StrangersNamedBehindGates;
        return ($"{photographs}-{string.Join('-', step.Replace("%", "", StringComparison.Ordinal).Split([' ', '.'], StringSplitOptions.RemoveEmptyEntries))}", figures);
    }
}
