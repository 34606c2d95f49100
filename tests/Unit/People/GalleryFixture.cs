using Microsoft.Extensions.Time.Testing;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.Unit.People;

/// <summary>A gallery in a folder of its own, with embeddings made up by the test. The model is an invented one of eight values.</summary>
public abstract class GalleryFixture : IDisposable
{
    private readonly List<Gallery> _open = [];

    protected static FaceModel Model { get; } = FaceModel.MobileFaceNet with { Name = "invented", Dimensions = 8, Threshold = new(0.5f, 0, ThresholdSource.MeasuredOnSamples, "invented") };
    protected string Folder { get; } = Directory.CreateTempSubdirectory("sightline-gallery-").FullName;
    protected string GalleryPath => Path.Combine(Folder, "gallery.db");
    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero));

    protected Gallery Open(FaceModel? model = null)
    {
        var gallery = Gallery.Open(GalleryPath, model ?? Model, Time);
        _open.Add(gallery);
        return gallery;
    }

    /// <summary>A unit vector along one of the eight axes, leaning towards another by so much (a cosine of 1 / sqrt(1 + lean²) to the axis).</summary>
    protected static float[] Vector(int axis, int towards = 0, float lean = 0)
    {
        var vector = new float[8];
        vector[axis] = 1;
        vector[towards] += lean;
        var norm = MathF.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / norm)];
    }

    protected static KeptFace Kept(params byte[] jpeg) =>
        new(jpeg.Length == 0 ? [1, 2, 3] : jpeg, new(new(1, 2), new(3, 4), new(5, 6), new(7, 8), new(9, 10)), new(1.5f, 2.5f, 30, 40));

    protected static Enrolled Enroll(Gallery gallery, string name, float[] vector) =>
        Assert.IsType<Enrolled>(gallery.Enroll(name, vector, Kept(), "test.jpg"));

    /// <summary>Lets a gallery look at its file again.</summary>
    protected void ASecondPasses() => Time.Advance(TimeSpan.FromSeconds(1));

    /// <summary>Whether these bytes stand in any file of the folder.</summary>
    protected bool IsOnDisk(ReadOnlySpan<byte> trace)
    {
        foreach (var file in Directory.GetFiles(Folder))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            if (bytes.AsSpan().IndexOf(trace) >= 0) return true;
        }
        return false;
    }

    public void Dispose()
    {
        foreach (var gallery in _open) gallery.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
