using Sightline.Device.Synthetic;
using Sightline.Wire;

namespace Sightline.Device;

public sealed record CameraOptions
{
    public MqttEndpoint Broker { get; init; } = MqttEndpoint.Parse("mqtt://127.0.0.1:1883");

    /// <summary>Where to ask for the broker, in place of <see cref="Broker"/>; null: it is known.</summary>
    public DiscoveryOptions? Discovery { get; init; }

    /// <summary>The thing name, and the client id at the broker.</summary>
    public string Device { get; init; } = "camera-01-IoTThing";

    /// <summary>Where the answers come from; must be the core's choice too.</summary>
    public AnswerPath Answers { get; init; } = AnswerPath.Mqtt;

    /// <summary>Only asked with <see cref="AnswerPath.Sqs"/>.</summary>
    public SqsEndpoint Sqs { get; init; } = SqsEndpoint.At(new Uri("http://127.0.0.1:9324"));

    /// <summary>Name or URL; only asked with <see cref="AnswerPath.Sqs"/>.</summary>
    public string ResponseQueue { get; init; } = "sightline-answers";

    /// <summary>Frames a second of each device, by a schedule that does not wait for answers. 0: as fast as <see cref="Window"/> allows.</summary>
    public double Rate { get; init; }

    /// <summary>Without a rate: so many frames may be unanswered before the next one is sent.</summary>
    public int Window { get; init; } = 8;

    /// <summary>Frames of each device; null: as many as its source has.</summary>
    public int? Count { get; init; }

    /// <summary>Send the image's bytes with MQTT 5 correlation data and user properties in place of JSON: a quarter smaller. JSON all the same where the broker speaks MQTT 3.1.1 alone.</summary>
    public bool Raw { get; init; }

    /// <summary>Ask that the answers say why.</summary>
    public bool Why { get; init; }

    /// <summary>Longest side in pixels; larger photographs are shrunk and sent as JPEG. 0: files as they are.</summary>
    public int MaxSide { get; init; }

    /// <summary>A frame without an answer for this long is lost.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// An answer, the device and the file (as the camera was given it) of its frame, and how long it took from publish to answer;
/// the truth where the camera knows it.
/// With a rate that counts from when the frame was due: a camera that falls behind does not flatter the system.
/// </summary>
public sealed record AnswerReceived(string Device, Answer Answer, string File, double Milliseconds, Truth? Truth = null);

/// <summary>
/// How a run went: frames sent, answered, and lost (no answer in time); answers to frames that were answered already; and
/// answered frames over the time from the first publish to the last answer. Percentiles are nearest-rank over the answered
/// frames (the smallest value that so many percent do not exceed); null where none was answered.
/// </summary>
public sealed record SendSummary(long Sent, long Answered, long Lost, long Duplicate, double? P50Ms, double? P95Ms, double? P99Ms, double FramesPerS);
