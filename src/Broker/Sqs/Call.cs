using System.Text.Json;

namespace Sightline.Broker.Sqs;

/// <summary>
/// One request: what it asks, where the answer goes, and under which origin the client reached this endpoint (queue URLs begin
/// with it, so that they work for whoever asked).
/// </summary>
internal sealed record Call(Parameters Parameters, Utf8JsonWriter Answer, string Origin, CancellationToken Stop);
