namespace Sightline.Wire;

/// <summary>One image that a device published. Its key is (<see cref="Device"/>, <see cref="RequestId"/>), never the id alone.</summary>
/// <param name="Device">A thing name.</param>
/// <param name="RequestId">1 to 128 printable characters; the device's own, or a UUIDv7 made here where <paramref name="RequestIdGiven"/> is false.</param>
/// <param name="RequestIdGiven">Whether the device gave the request id.</param>
/// <param name="Image">The encoded image file; not looked into here.</param>
/// <param name="Filename">As the device gave it.</param>
/// <param name="CapturedAt">As the device gave it.</param>
/// <param name="CorrelationData">To be given back with the answer (MQTT 5, 4.10); null where there was none.</param>
/// <param name="ResponseTopic">Where the answer goes in place of <see cref="Topics.Answers"/>; only ever one below the device's own topic.</param>
/// <param name="Why">Whether the answer is to say why.</param>
/// <param name="Recompressed">Whether the device made the image smaller than it was; said again in the answer.</param>
public sealed record Frame(
    string Device,
    string RequestId,
    bool RequestIdGiven,
    ReadOnlyMemory<byte> Image,
    string? Filename,
    DateTimeOffset? CapturedAt,
    byte[]? CorrelationData,
    string? ResponseTopic,
    bool Why = false,
    bool Recompressed = false);

/// <summary>A message that is no frame, why, and what is needed to answer it.</summary>
/// <param name="Device">A thing name.</param>
/// <param name="RequestId">Null where none could be read: then nobody can be answered.</param>
/// <param name="Reason">For the device and the log: what was got and what was wanted.</param>
/// <param name="Filename">Where it could be read.</param>
/// <param name="CorrelationData">As in <see cref="Frame"/>.</param>
/// <param name="ResponseTopic">As in <see cref="Frame"/>.</param>
public sealed record BadFrame(
    string Device,
    string? RequestId,
    string Reason,
    string? Filename,
    byte[]? CorrelationData,
    string? ResponseTopic);
