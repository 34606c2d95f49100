using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Edge;

public sealed record CoreOptions
{
    public MqttEndpoint Broker { get; init; } = MqttEndpoint.Parse("mqtt://127.0.0.1:1883");

    /// <summary>Filters of the topics with frames; the first <c>+</c> of each is the device.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [Wire.Topics.AllFrames];

    /// <summary>Filters from before a change of <see cref="Topics"/>: not subscribed to any more, but what the broker has for them already is taken.</summary>
    public IReadOnlyList<string> FormerTopics { get; init; } = [];

    public SqsEndpoint Sqs { get; init; } = SqsEndpoint.At(new Uri("http://127.0.0.1:9324"));

    /// <summary>Name or URL; never created here.</summary>
    public string RequestQueue { get; init; } = "sightline-requests";

    /// <summary>Name or URL; never created here.</summary>
    public string ResponseQueue { get; init; } = "sightline-answers";

    public AnswerPath Answers { get; init; } = AnswerPath.Mqtt;

    /// <summary>A second SQS endpoint with a recognizer of its own, asked while the first cannot be reached; null: none. Its queues have the same names.</summary>
    public SqsEndpoint? Fallback { get; init; }

    /// <summary>The file of books and spool, for one core at a time. Null: one that is deleted at the end, for who wants nothing kept.</summary>
    public string? Books { get; init; }

    /// <summary>What waits while no queue can be reached: 1 GiB is 100,000 frames with one face.</summary>
    public long SpoolBytes { get; init; } = 1L << 30;

    /// <summary>An answer decided later is marked stale. 10 s: longer than a busy system takes, shorter than somebody waits at a door.</summary>
    public TimeSpan FreshFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What is older is not recognized any more, but answered <c>Expired</c>.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromHours(24);

    /// <summary>In pixels of the frame. 40 rather than 20: a smaller face would be enlarged almost threefold before it is recognized, and the search has a quarter of the pixels.</summary>
    public int MinFaceSize { get; init; } = 40;

    /// <summary>Frames that are decoded and searched at once, one thread each.</summary>
    public int Parallel { get; init; } = Environment.ProcessorCount;

    /// <summary>Of decoded frames: two of the largest. At 3 bytes a pixel, and as many again while decoding, some 250 MB.</summary>
    public long MaxPixelsInFlight { get; init; } = 2 * ImageCodec.MaxPixels;

    /// <summary>Frames taken and not yet acknowledged, which includes those that wait for the request queue.</summary>
    public int MaxUnacknowledged { get; init; } = 32;

    /// <summary>Which crops of a face travel: one for each alignment that a recognizer wants.</summary>
    public IReadOnlyList<Alignment> Alignments { get; init; } = [Alignment.FivePoints112];

    /// <summary>Where frames are kept, if they are; null: nowhere.</summary>
    public ArchiveOptions? Archive { get; init; }

    public DetectorModel Detector { get; init; } = DetectorModel.Mtcnn;
    public required AssetStore Assets { get; init; }

    /// <summary>The broker keeps unacknowledged frames under this name; two cores need two.</summary>
    public string ClientId { get; init; } = "sightline-core";

    /// <summary>Told each answer that was given out: the broker has it, or the queue. Must not wait.</summary>
    public Action<Answer>? OnAnswer { get; init; }
}
