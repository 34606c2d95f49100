using Sightline.Device.Synthetic;

namespace Sightline.Device;

/// <summary>A frame before it is sent.</summary>
/// <param name="File">The name it goes by; where it is a path, its last part is what travels.</param>
/// <param name="Image">JPEG, PNG or WebP, or whatever a file had in it.</param>
/// <param name="Truth">Who is really there; null where nobody can say.</param>
public sealed record CameraFrame(string File, byte[] Image, Truth? Truth = null);

/// <summary>What a device has before its lens. Thread-safe.</summary>
public interface IFrameSource
{
    /// <summary>How many frames it has to show where nobody says how many to send.</summary>
    int Count { get; }

    /// <param name="index">From 0; beyond <see cref="Count"/> it may begin again.</param>
    /// <param name="ct">Ends the wait.</param>
    Task<CameraFrame> GetAsync(long index, CancellationToken ct);
}
