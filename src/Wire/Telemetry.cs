using System.Diagnostics.Metrics;

namespace Sightline.Wire;

/// <summary>What the archive tells OpenTelemetry; the meter is named <c>Sightline.Wire</c>.</summary>
internal static class Telemetry
{
    private static readonly Meter Meter = new("Sightline.Wire");

    public static readonly Counter<long> Archived = Meter.CreateCounter<long>("sightline.archive.stored", "{entry}", "Answers and frames that the archive has");
    public static readonly Counter<long> GaveWay = Meter.CreateCounter<long>("sightline.archive.gave_way", "{entry}", "Answers and frames that were not archived, since too much waited for it");
    public static readonly Counter<long> Failed = Meter.CreateCounter<long>("sightline.archive.failures", "{try}", "Tries to put an answer or a frame into the archive that failed, and were made again");
}
