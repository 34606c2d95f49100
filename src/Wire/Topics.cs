using System.Buffers;

namespace Sightline.Wire;

/// <summary>Which topic carries what, and whose it is.</summary>
public static class Topics
{
    /// <summary>Every device's frames. One level only: the answers below it do not come back to the core.</summary>
    public const string AllFrames = "clients/+";

    // A thing name: developer.aws "CreateThing", thingName, pattern [a-zA-Z0-9:_-]+, 1 to 128.
    private const int LongestThingName = 128;
    private static readonly SearchValues<char> ThingNameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_-");

    public static string Frames(string device) => $"clients/{device}";

    public static string Answers(string device) => $"clients/{device}/answers";

    public static bool IsThingName([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? text) =>
        text is { Length: >= 1 and <= LongestThingName } && !text.AsSpan().ContainsAnyExcept(ThingNameCharacters);

    /// <summary>The device that published on <paramref name="topic"/>: what the first <c>+</c> of <paramref name="filter"/> stands for.</summary>
    /// <returns>Null where the topic does not match the filter, the filter has no <c>+</c>, or that level is no thing name.</returns>
    public static string? DeviceOf(string topic, string filter)
    {
        var levels = topic.Split('/');
        var pattern = Levels(filter);
        string? device = null;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == "#") return device;
            if (i >= levels.Length) return null;
            if (pattern[i] == "+") device ??= levels[i];
            else if (pattern[i] != levels[i]) return null;
            if (device is not null && !IsThingName(device)) return null;
        }
        return levels.Length == pattern.Length ? device : null;
    }

    /// <summary>What is wrong with a filter as the source of frames; null where it can be subscribed and names its device.</summary>
    public static string? ProblemOf(string filter)
    {
        var pattern = Levels(filter);
        if (filter.Length == 0 || filter.Contains('\0')) return "a topic filter is not empty and has no NUL";
        for (var i = 0; i < pattern.Length; i++)
        {
            // MQTT 5, 4.7.1: '#' only as the last level, '+' only as a whole level.
            if (pattern[i].Contains('#') && (pattern[i] != "#" || i != pattern.Length - 1)) return $"'{filter}': '#' stands alone and last";
            if (pattern[i].Contains('+') && pattern[i] != "+") return $"'{filter}': '+' stands for a whole level";
        }
        return pattern.Contains("+") ? null : $"'{filter}' has no '+': the first '+' says which level names the device, as in {AllFrames}";
    }

    /// <summary>Whether <paramref name="topic"/> is one the device may be answered on: below its own, and a name, not a filter.</summary>
    internal static bool IsBelow(string topic, string device) =>
        topic.StartsWith($"clients/{device}/", StringComparison.Ordinal)
        && topic.Length > $"clients/{device}/".Length
        && topic.Length <= 65_535 // MQTT 5, 1.5.4: the longest UTF-8 string
        && !topic.AsSpan().ContainsAny('+', '#', '\0');

    // MQTT 5, 4.8.2: "$share/<group>/<filter>" is the filter, shared among a group's subscribers.
    private static string[] Levels(string filter)
    {
        var levels = filter.Split('/');
        return levels is ["$share", _, ..] ? levels[2..] : levels;
    }
}
