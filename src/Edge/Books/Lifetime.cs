namespace Sightline.Edge;

/// <summary>
/// Until when an answer is fresh, and until when a frame is worth recognizing. Age counts from when Sightline received the frame, or from when the device
/// says that it was captured where the two lie together: a device's clock is not to be trusted further than that.
/// </summary>
internal readonly record struct Lifetime(DateTimeOffset ExpiresAt, DateTimeOffset KeepUntil)
{
    /// <summary>A frame takes less than this from the lens to the core, or it waited on its way; which of the two nobody can tell from here.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    public static Lifetime Of(DateTimeOffset receivedAt, DateTimeOffset? capturedAt, CoreOptions options)
    {
        var born = capturedAt is { } captured && IsPlausible(captured, receivedAt) ? captured : receivedAt;
        return new(born + options.FreshFor, born + options.KeepFor);
    }

    /// <summary>Whether the device's clock and this one agree.</summary>
    public static bool IsPlausible(DateTimeOffset capturedAt, DateTimeOffset receivedAt) => (capturedAt - receivedAt).Duration() <= ClockTolerance;
}
