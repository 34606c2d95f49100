using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Sightline.Edge;

/// <summary>The meter and the activity source, both named <c>Sightline.Edge</c>.</summary>
internal static class Telemetry
{
    public const string Name = "Sightline.Edge";

    public static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> Accepted = Meter.CreateCounter<long>("sightline.edge.frames.accepted", "{frame}", "Frames with an image that were not duplicates");
    public static readonly Counter<long> Answered = Meter.CreateCounter<long>("sightline.edge.answers", "{answer}", "Answers that reached MQTT or the response queue, by result");
    public static readonly Counter<long> BadImage = Meter.CreateCounter<long>("sightline.edge.frames.bad_image", "{frame}", "Messages that held no image the core takes");
    public static readonly Counter<long> Duplicate = Meter.CreateCounter<long>("sightline.edge.frames.duplicate", "{frame}", "Frames that came again, with the same id and bytes, and answers to frames that had ended");
    public static readonly Counter<long> ReusedId = Meter.CreateCounter<long>("sightline.edge.frames.reused_id", "{frame}", "Frames with a known request id and other bytes");
    public static readonly Counter<long> Errors = Meter.CreateCounter<long>("sightline.edge.errors", "{error}", "Frames and answers that failed for no fault of theirs");
    public static readonly UpDownCounter<long> InFlight = Meter.CreateUpDownCounter<long>("sightline.edge.frames.in_flight", "{frame}", "Frames taken and not yet acknowledged");

    public static readonly UpDownCounter<long> Open = Meter.CreateUpDownCounter<long>("sightline.edge.frames.open", "{frame}", "Frames in the books that have not ended");
    public static readonly Counter<long> Ended = Meter.CreateCounter<long>("sightline.edge.frames.ended", "{frame}", "Frames that ended, by outcome: answered, expired, failed, handed_over");
    public static readonly UpDownCounter<long> Spooled = Meter.CreateUpDownCounter<long>("sightline.edge.spool.requests", "{request}", "Requests that wait until a queue can be reached");
    public static readonly UpDownCounter<long> SpooledBytes = Meter.CreateUpDownCounter<long>("sightline.edge.spool.bytes", "By", "What they take of the spool's limit");

    private static readonly Histogram<double> Stages = Meter.CreateHistogram("sightline.edge.stage.duration", "s", "Time that a frame spent in decode, detect, crop or send",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10] });

    /// <summary>Times one step of a frame until it is disposed.</summary>
    public static Stage Step(string name, TimeProvider time) => new(name, time);

    public readonly struct Stage(string name, TimeProvider time) : IDisposable
    {
        private readonly long _start = time.GetTimestamp();
        private readonly Activity? _activity = Activities.StartActivity(name);

        public void Dispose()
        {
            Stages.Record(time.GetElapsedTime(_start).TotalSeconds, new KeyValuePair<string, object?>("stage", name));
            _activity?.Dispose();
        }
    }
}
