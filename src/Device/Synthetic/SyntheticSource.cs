namespace Sightline.Device.Synthetic;

/// <summary>What devices see of synthetic people: frames of one camera's options, each device from a seed of its own.</summary>
public sealed class SyntheticSource : IFrameSource
{
    private readonly Func<long, CancellationToken, Task<CameraFrame>> _get;

    private SyntheticSource(int count, Func<long, CancellationToken, Task<CameraFrame>> get) => (Count, _get) = (count, get);

    public int Count { get; }

    public Task<CameraFrame> GetAsync(long index, CancellationToken ct) => _get(index, ct);

    /// <summary>Frames are rendered when a device asks for them, each device's one at a time. The first device sees what the camera's own seed shows.</summary>
    public static IReadOnlyList<SyntheticSource> Live(SyntheticCamera camera, int devices, int count) =>
        [.. Enumerable.Range(0, devices).Select(device => new SyntheticSource(count, (index, ct) => Task.Run(() => Frame(camera, device, index), ct)))];

    /// <summary>
    /// The same frames, rendered now on so many threads and sent over and over; at most <paramref name="most"/> of them all together.
    /// With more devices than that, some see the same.
    /// </summary>
    public static (IReadOnlyList<SyntheticSource> Sources, int Rendered) Prerendered(
        SyntheticCamera camera, int devices, int count, int most, int threads, CancellationToken cancel)
    {
        var reels = new CameraFrame[Math.Min(devices, most)][];
        var each = Math.Min(count, most / reels.Length);
        for (var device = 0; device < reels.Length; device++) reels[device] = new CameraFrame[each];
        Parallel.For(0, reels.Length * each, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel },
            i => reels[i / each][i % each] = Frame(camera, i / each, i % each));
        return ([.. Enumerable.Range(0, devices).Select(device => OfReel(reels[device % reels.Length], count))], reels.Length * each);
    }

    /// <summary>Frames that have been rendered, over and over.</summary>
    public static SyntheticSource Of(IReadOnlyList<CameraFrame> reel) => OfReel([.. reel], reel.Count);

    private static SyntheticSource OfReel(CameraFrame[] reel, int count) => new(count, (index, _) => Task.FromResult(reel[index % reel.Length]));

    private static CameraFrame Frame(SyntheticCamera camera, int device, long index)
    {
        var shot = SyntheticReel.Shoot(camera, index, device);
        return new(shot.File, shot.Jpeg, shot.Truth);
    }
}
