using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.Recognizer;

/// <summary>
/// Hands the archive what was answered, with the crops that it was answered by: as much of it as is to be kept. Nobody waits for it.
/// </summary>
/// <param name="archive">Takes it.</param>
/// <param name="what">Of known people nothing is kept where only unknown ones are asked for: neither their crop nor their place in the answer.</param>
/// <param name="alignment">Which of a face's crops is kept, where there are several.</param>
/// <param name="areEnrolled">Whether these people are in the gallery still, by their ids; an exception says that it cannot be told now.</param>
internal sealed class Archiving(Archive archive, ArchiveWhat what, string alignment, Func<IReadOnlyCollection<string>, bool> areEnrolled)
{
    /// <summary>As <see cref="Archive.Open"/>; a gallery remembers it, for when somebody is removed, unless it is a copy that nobody asks then.</summary>
    /// <returns>Null where nothing is to be kept.</returns>
    /// <exception cref="WireException">The URL is no place for objects.</exception>
    public static Archive? OpenArchive(ArchiveOptions? options, Gallery? gallery, ILogger logger, TimeProvider time, CancellationToken stop)
    {
        if (options is null or { What: ArchiveWhat.Off }) return null;
        gallery?.NoteArchive(options.Name); // before anything is there
        return Archive.Open(options, logger, time, stop);
    }

    /// <param name="named">As they were answered.</param>
    /// <param name="failed">Ids of messages that stay in the queue: they are decided on again.</param>
    public void Offer(IReadOnlyList<NamedRequest> named, IReadOnlySet<string> failed)
    {
        foreach (var one in named)
        {
            if (!failed.Contains(one.Message.Id) && EntryOf(one) is { } entry) archive.Offer(entry);
        }
    }

    private ArchiveEntry? EntryOf(NamedRequest one)
    {
        if (one.Answer is not { } answer) return null;
        var kept = answer.Faces.Zip(one.Decisions).Where(face => what == ArchiveWhat.All || face.First.Name is null).ToList();
        if (kept.Count == 0) return null;
        var folder = ArchiveKeys.Of(kept[0].Second.ReceivedAt, answer.Device, answer.RequestId);
        // As the journal forgets: by the nearest person, known or not; and where nobody was looked for, by anybody. A face that was left out of the request may be on the frame.
        List<string?> whose = [.. kept.Select(face => face.Second.Nearest is [var nearest, ..] ? nearest.PersonId : null).Concat(answer.FacesDropped > 0 ? [null] : []).Distinct()];
        string[] people = [.. whose.OfType<string>()];
        return new()
        {
            RequestId = answer.RequestId,
            Device = answer.Device,
            Objects =
            [
                .. whose.Select(person => new ArchiveObject(ArchiveKeys.IndexOf(person, folder), default, "text/plain")),
                .. kept.Select((face, i) => CropOf(face.Second) is { } crop ? new ArchiveObject(ArchiveKeys.FaceOf(folder, i), crop, "image/jpeg") : null).OfType<ArchiveObject>(),
                new(ArchiveKeys.AnswerOf(folder), JsonSerializer.SerializeToUtf8Bytes(KeptOf(answer, kept), WireJson.Default.Answer), "application/json"),
            ],
            IsWanted = () => AreEnrolled(people),
        };
    }

    // The runners-up in a face's why would be people too, whom nobody could find here.
    private static Answer KeptOf(Answer answer, List<(AnswerFace Face, Decision)> kept)
    {
        AnswerFace[] faces = [.. kept.Select(static face => face.Face with { Why = null })];
        return answer with { Faces = faces, Result = Naming.ResultOf(faces) };
    }

    // None of a face that came as an embedding.
    private byte[]? CropOf(Decision decision) => decision.Crops.GetValueOrDefault(alignment) ?? decision.Crops.Values.FirstOrDefault();

    private bool AreEnrolled(string[] people)
    {
        try
        {
            return areEnrolled(people);
        }
        catch (GalleryException problem)
        {
            throw new IOException($"nobody can tell who is still enrolled: {problem.Message}", problem);
        }
    }
}
