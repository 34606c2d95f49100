using System.Numerics;
using Sightline.Faces;

namespace Sightline.App.Evaluation;

/// <summary>Which pictures are crops that were aligned beforehand.</summary>
internal enum AlignedCrops
{
    /// <summary>Those that have exactly the size of the model's crops.</summary>
    Auto,
    Yes,
    No,
}

/// <summary>A photograph that was looked at. It has a vector, or no face, or could not be read.</summary>
/// <param name="File">Where it lies.</param>
/// <param name="Vector">Of length 1; null where no face was found and where it could not be read.</param>
/// <param name="Face">Null where the whole picture is the crop.</param>
/// <param name="Faces">How many were found; one of them counts.</param>
/// <param name="Problem">Why it could not be read; names the file.</param>
internal sealed record EvalPhoto(string File, float[]? Vector = null, Face? Face = null, int Faces = 0, string? Problem = null)
{
    public bool IsWithoutFace => Vector is null && Problem is null;
}

/// <summary>Turns photographs into vectors, several at a time: one thread for each core, each on a photograph of its own.</summary>
internal sealed class EvalPhotos(Mtcnn detector, Embedder embedder, DetectOptions options, AlignedCrops aligned, bool centred) : IDisposable
{
    private readonly DetectOptions _options = options with { Threads = 1 };

    public FaceModel Model => embedder.Model;

    public async Task<IReadOnlyList<EvalPhoto>> LookAsync(Cli cli, IReadOnlyList<string> files)
    {
        using var stopping = Stopping.OnSignals(cli);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stopping.Token };
        var photos = new EvalPhoto[files.Count];
        await Terminal.WithProgressAsync(cli, files.Count, done => Parallel.For(0, files.Count, parallel, i =>
        {
            photos[i] = Look(files[i]);
            done();
        }));
        return photos;
    }

    public EvalPhoto Look(string file)
    {
        if (!Photos.TryDecode(file, out var picture, out var problem)) return new(file, Problem: problem);
        var size = Model.Alignment.Size;
        var isCrop = picture.Width == size && picture.Height == size;
        if (aligned == AlignedCrops.Yes && !isCrop)
            return new(file, Problem: $"{file}: has {picture.Width}x{picture.Height} pixels, a crop for {Model.Name} has {size}x{size}; --aligned auto looks for the face");
        if (isCrop && aligned != AlignedCrops.No) return new(file, embedder.Embed(picture), null, 1);
        var faces = detector.Detect(picture, _options);
        var face = centred ? Middle(faces, picture) : faces is [var largest, ..] ? largest : null;
        return new(file, face is null ? null : embedder.Embed(Model.Alignment.Cut(picture, face)), face, faces.Count);
    }

    /// <summary>What the model saw of a photograph that has a vector, as a JPEG to look at.</summary>
    public byte[] Thumbnail(EvalPhoto photo)
    {
        const int Quality = 85; // some 4 KB, and no block to be seen
        if (!Photos.TryDecode(photo.File, out var picture, out var problem)) throw new Complaint($"{problem} (it was there a moment ago)");
        return ImageCodec.EncodeJpeg(photo.Face is { } face ? Model.Alignment.Cut(picture, face) : picture, Quality);
    }

    public void Dispose() => embedder.Dispose();

    // Size less twice the square of the distance from the middle, so that a speck in the middle does not win: as in the alignment of FaceNet's authors,
    // https://github.com/davidsandberg/facenet/blob/master/src/align/align_dataset_mtcnn.py
    private static Face? Middle(IReadOnlyList<Face> faces, Picture picture) => faces.MaxBy(face =>
    {
        var away = new Vector2(face.Box.X1 + face.Box.X2 - picture.Width, face.Box.Y1 + face.Box.Y2 - picture.Height) / 2;
        return face.Box.Area - 2 * away.LengthSquared();
    });
}
