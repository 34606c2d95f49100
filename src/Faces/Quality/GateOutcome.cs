namespace Sightline.Faces;

/// <summary>What a gate made of one face.</summary>
/// <param name="Gate">Its name.</param>
/// <param name="Measured">What it looked at; null where that could not be measured, which stops nobody.</param>
/// <param name="Limit">Null where it is off.</param>
/// <param name="Passed">Whether it lets the face pass.</param>
/// <param name="Told">"too_small (the shorter side of the box in pixels: 89, wanted 20 or more)".</param>
public sealed record GateOutcome(string Gate, float? Measured, float? Limit, bool Passed, string Told);
