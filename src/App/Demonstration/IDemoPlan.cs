using System.Diagnostics.CodeAnalysis;
using Sightline.Device;

namespace Sightline.App.Demonstration;

/// <summary>A frame to publish; <paramref name="Expected"/> is null where nobody can say who is on it.</summary>
internal sealed record DemoFrame(string File, string Label, Expectation? Expected);

/// <summary>What a demo enrols and publishes.</summary>
internal interface IDemoPlan
{
    /// <summary>What it is, for the first lines.</summary>
    IEnumerable<string> Lines { get; }

    /// <summary>With the photographs that each may be enrolled by, the likeliest first.</summary>
    IReadOnlyList<PersonPhotos> People { get; }

    /// <summary>Does what takes time, while the system starts and people are enrolled; returns how many frames were rendered.</summary>
    int Prepare(CancellationToken stop);

    /// <summary>A photograph to enrol somebody by, at the size and quality that the camera has: faces are compared like with like.</summary>
    bool TryTake(string photo, [NotNullWhen(true)] out byte[]? image, [NotNullWhen(false)] out string? problem);

    /// <summary>All that is not enrolled; a name is expected only of who was enrolled. After <see cref="Prepare"/>.</summary>
    /// <param name="enrolled">The photograph that was enrolled, by name of the person.</param>
    IReadOnlyList<DemoFrame> Frames(IReadOnlyDictionary<string, string> enrolled);

    /// <summary>What the camera sees where it is to send these.</summary>
    IFrameSource Source(IReadOnlyList<DemoFrame> frames);
}
