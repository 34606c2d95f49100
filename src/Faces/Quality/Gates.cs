using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sightline.Faces;

/// <summary>What a face must come up to before anybody is looked for.</summary>
/// <param name="Name">The decision on a face that does not: docs/wire.md.</param>
/// <param name="Measure">What is measured, and in what.</param>
/// <param name="Limit">The limit itself passes. Null: switched off.</param>
/// <param name="Highest">What the limit can be at most; at least it is 0.</param>
/// <param name="Because">Where the limit comes from, for people who ask.</param>
public sealed record Gate(string Name, string Measure, float? Limit, float Highest, string Because)
{
    /// <summary>Whether the limit is the most that passes, not the least.</summary>
    public bool IsMost { get; init; }

    /// <summary>What it looks at, of a face and its score; null where that could not be measured.</summary>
    public required Func<FaceQuality, float, float?> Of { get; init; }

    internal bool Stops(FaceQuality quality, float score) => Of(quality, score) is { } value && Limit is { } limit && (IsMost ? value > limit : value < limit);

    /// <summary>Why it stops this face: "blurred (sharpness, 0 to 1: 0.12, wanted 0.15 or more)".</summary>
    public string Told(FaceQuality quality, float score) =>
        string.Create(CultureInfo.InvariantCulture, $"{Name} ({Measure}: {Of(quality, score):0.##}, wanted {Limit:0.##} or {(IsMost ? "less" : "more")})");
}

/// <summary>
/// The gates before the names, in the order in which a face meets them: what is too small has no trustworthy landmarks, what may be no face
/// has no pose, and what is seen from the side is not to be called blurred. Immutable.
/// </summary>
public sealed class Gates
{
    private Gates(IReadOnlyList<Gate> all) => All = all;

    /// <summary>Each limit with its reason; docs/accuracy.md has the tables.</summary>
    public static Gates Default { get; } = new(
    [
        new("too_small", "the shorter side of the box in pixels", 20, 10_000,
            "at 20 pixels about half of the names are missed: 8 of 16 on the sample photographs, 48 in 100 on LFW; at 30 pixels none and 11") { Of = static (quality, _) => quality.Size },
        new("low_score", "the detector's score", 0.9f, 1,
            "of 65 faces of synthetic people that MTCNN found with less, 1 was named right; 1 in 1,000 of LFW's faces has less than 0.957") { Of = static (_, score) => score },
        new("turned_away", "degrees to either side", 50, 90,
            "of 108 faces of synthetic people that look further away by their landmarks, none was named right; of LFW's faces 1 in 1,000 does; of those between 45 and 50 degrees most are still named right")
        { Of = static (quality, _) => MathF.Abs(quality.Yaw), IsMost = true },
        new("blurred", "sharpness, 0 to 1", 0.15f, 1,
            "of LFW's photographs blurred on purpose, 3 in 10 are named right just below it, 6 in 10 at 0.18 and 9 in 10 from 0.26 on; of 520 as they are the lowest has 0.194")
        { Of = static (quality, _) => quality.Sharpness },
    ]);

    public static IReadOnlyList<string> Names { get; } = [.. Default.All.Select(gate => gate.Name)];

    /// <summary>In the order in which a face meets them.</summary>
    public IReadOnlyList<Gate> All { get; }

    /// <param name="name">One of <see cref="Names"/>.</param>
    public Gate this[string name] => All.First(gate => gate.Name == name);

    /// <summary>The first gate that the face does not pass; null where it passes them all. What could not be measured stops nobody.</summary>
    public Gate? Stopping(FaceQuality quality, float score) => All.FirstOrDefault(gate => gate.Stops(quality, score));

    /// <summary>What each gate makes of the face, up to the first that stops it.</summary>
    public IReadOnlyList<GateOutcome> Judge(FaceQuality quality, float score)
    {
        var stopping = Stopping(quality, score);
        var met = All.TakeWhile(gate => gate != stopping);
        return [.. (stopping is null ? met : met.Append(stopping)).Select(gate => new GateOutcome(gate.Name, gate.Of(quality, score), gate.Limit, gate != stopping, gate.Told(quality, score)))];
    }

    /// <summary>The gates moved one after the other: <c>too_small=30</c>, <c>blurred=off</c>; <c>off</c> alone switches all of them off.</summary>
    public bool TryMove(IEnumerable<string> moves, [NotNullWhen(true)] out Gates? moved, [NotNullWhen(false)] out string? problem)
    {
        (moved, problem) = (this, null);
        foreach (var move in moves)
        {
            if (!moved.TryMove(move, out moved, out problem)) return false;
        }
        return true;
    }

    private bool TryMove(string move, [NotNullWhen(true)] out Gates? moved, [NotNullWhen(false)] out string? problem)
    {
        (moved, problem) = (null, null);
        if (move == "off") moved = With(_ => true, null);
        else if (move.Split('=') is not [var name, var text]) problem = $"got '{move}', wanted GATE=LIMIT, GATE=off or off; {Listed}";
        else if (All.FirstOrDefault(gate => gate.Name == name) is not { } known) problem = $"there is no gate '{name}'; {Listed}";
        else if (text == "off") moved = With(gate => gate == known, null);
        else if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit) && limit >= 0 && limit <= known.Highest) moved = With(gate => gate == known, limit);
        else problem = string.Create(CultureInfo.InvariantCulture, $"got {name}={text}, wanted {known.Measure}, 0 to {known.Highest}, or off");
        return moved is not null;
    }

    private string Listed => "there are " + string.Join(", ", All.Select(gate => string.Create(CultureInfo.InvariantCulture, $"{gate.Name} ({gate.Measure}: {(object?)gate.Limit ?? "off"})")));

    private Gates With(Predicate<Gate> which, float? limit) => new([.. All.Select(gate => which(gate) ? gate with { Limit = limit, Because = "given" } : gate)]);
}
