using System.Globalization;

namespace Sightline.Device.Synthetic;

/// <summary>A frame as the camera would send it, and the truth about it.</summary>
public sealed record SyntheticShot(string File, byte[] Jpeg, Truth Truth);

/// <summary>Frames rendered before they are needed, to be sent over and over: rendering then costs a load test nothing.</summary>
public static class SyntheticReel
{
    /// <summary>Frames <paramref name="first"/> to first + count - 1, in order, on so many threads.</summary>
    public static IReadOnlyList<SyntheticShot> Shoot(SyntheticCamera camera, long first, int count, int threads, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var shots = new SyntheticShot[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel }, i => shots[i] = Shoot(camera, first + i));
        return shots;
    }

    /// <param name="camera">Whose people and room.</param>
    /// <param name="number">As <see cref="SyntheticCamera.Render(long, int)"/> has it.</param>
    /// <param name="device">Another device sees other frames of the same people.</param>
    public static SyntheticShot Shoot(SyntheticCamera camera, long number, int device = 0)
    {
        var frame = camera.Render(number, device);
        var file = FileOf(number);
        return new(file, frame.ToJpeg(), Truth.Of(file, frame));
    }

    /// <summary>The name a frame's file goes by: <c>frame-000012.jpg</c>.</summary>
    public static string FileOf(long number) => string.Create(CultureInfo.InvariantCulture, $"frame-{number:D6}.jpg");
}
