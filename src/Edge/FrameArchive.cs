using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>
/// Hands the archive the frames for which a recognizer was asked, when they are safe, from memory: nobody waits for it. Where only unknown people are to be kept a frame waits, in the
/// same bounded line, until its answer has come, and is kept where nobody on it has a name; one that waited when the process ended is not.
/// </summary>
internal sealed class FrameArchive(Archive archive, ArchiveWhat what)
{
    public void Offer(Taken taken)
    {
        if (taken.Frame is not { } frame) return;
        var folder = ArchiveKeys.Of(taken.At, frame.Device, frame.RequestId);
        var entry = new ArchiveEntry
        {
            RequestId = frame.RequestId,
            Device = frame.Device,
            Objects = [new(ArchiveKeys.FrameOf(folder, taken.Image.Format), frame.Image, $"image/{taken.Image.Format}")],
        };
        archive.Offer(entry, what == ArchiveWhat.Unknown ? folder : null);
    }

    /// <summary>The frame has ended so; whoever ends it has its turn, and so it was offered before.</summary>
    public void Decide(Entry frame, Answer answer)
    {
        if (what != ArchiveWhat.Unknown) return;
        // A face that did not fit into the request may be anybody's.
        archive.Decide(ArchiveKeys.Of(frame.ReceivedAt, frame.Key.Device, frame.Key.RequestId), answer is { FacesDropped: 0, Faces.Count: > 0 } && answer.Faces.All(static face => face.Name is null));
    }
}
