using System.Text;

namespace Sightline.Broker.Sqs;

/// <summary>What a queue's tags may be: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html</summary>
internal static class Tags
{
    /// <summary>Amazon advises against more; the box does not take them.</summary>
    private const int Most = 50;

    private const int LongestKey = 128;
    private const int LongestValue = 256;

    public static SqsError? CheckCount(int count) =>
        count <= Most ? null : SqsError.Invalid($"The queue would have {count} tags; this endpoint keeps up to {Most} of a queue.");

    public static SqsError? Check(IReadOnlyDictionary<string, string> tags)
    {
        foreach (var (key, value) in tags)
        {
            if (key.Length is 0 or > LongestKey || !IsAllowed(key))
                return SqsError.Invalid($"The tag key '{QueryForm.Short(key)}' is invalid: wanted 1 to {LongestKey} letters, digits, spaces and _ . : / = + - @, and none that begins with aws:.");
            if (value.Length > LongestValue || !IsAllowed(value))
                return SqsError.Invalid($"The value of tag '{key}' is invalid: wanted up to {LongestValue} letters, digits, spaces and _ . : / = + - @, and none that begins with aws:.");
        }

        return CheckCount(tags.Count);
    }

    private static bool IsAllowed(string text) =>
        !text.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) &&
        text.EnumerateRunes().All(r => Rune.IsLetterOrDigit(r) || Rune.IsWhiteSpace(r) || (r.IsAscii && "_.:/=+-@".Contains((char)r.Value)));
}
