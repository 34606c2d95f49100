using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Sightline.Recognizer;

/// <summary>What a recognizer tells OpenTelemetry.</summary>
internal static class Telemetry
{
    private const string Name = "Sightline.Recognizer";

    public static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);

    /// <summary>By <c>decision</c>: that on the largest face (known, unknown or a gate's name), or failed.</summary>
    public static readonly Counter<long> Answers = Meter.CreateCounter<long>("sightline.answers", "{answer}", "Answers that the response queue has taken");

    public static readonly Counter<long> Failures = Meter.CreateCounter<long>("sightline.failures", "{message}", "Requests that could not be handled and went back to the queue");

    public static readonly Histogram<double> Seconds = Meter.CreateHistogram<double>("sightline.name.duration", "s", "From a request's text to its answer, queues not counted");
}
