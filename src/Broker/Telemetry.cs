using System.Diagnostics.Metrics;

namespace Sightline.Broker;

/// <summary>The meter <c>Sightline.Broker</c>: what the inbox of the MQTT broker holds and has done.</summary>
internal static class Telemetry
{
    public const string Name = "Sightline.Broker";

    private static readonly Meter Meter = new(Name);

    public static readonly UpDownCounter<long> Frames = Meter.CreateUpDownCounter<long>("sightline.inbox.frames", "{frame}", "Frames on the disk that the core has not acknowledged");
    public static readonly UpDownCounter<long> Bytes = Meter.CreateUpDownCounter<long>("sightline.inbox.bytes", "By", "What frames on the disk, or about to be there, take of the inbox's limit");
    public static readonly Counter<long> Written = Meter.CreateCounter<long>("sightline.inbox.written", "{frame}", "Frames that were written, since no core acknowledged them in time");
    public static readonly Counter<long> Refused = Meter.CreateCounter<long>("sightline.inbox.refused", "{frame}", "Frames that were not acknowledged to their publishers: the inbox was full or could not be written");
    public static readonly Counter<long> Expired = Meter.CreateCounter<long>("sightline.inbox.expired", "{frame}", "Frames whose message expiry interval ran out before a core took them");
    public static readonly Counter<long> Dropped = Meter.CreateCounter<long>("sightline.inbox.dropped", "{frame}", "Frames of QoS 0 for which no core was there or had room");
}
