namespace Sightline.Edge;

/// <summary>What a frame is known by. Never the request id alone: two devices may count from zero.</summary>
internal readonly record struct FrameKey(string Device, string RequestId);
