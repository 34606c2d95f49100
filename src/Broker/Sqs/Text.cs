using System.Buffers;
using System.Text.Unicode;

namespace Sightline.Broker.Sqs;

/// <summary>Which characters go where.</summary>
internal static class Text
{
    private const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static readonly SearchValues<char> NameCharacters = SearchValues.Create(LettersAndDigits + "-_");
    public static readonly SearchValues<char> AttributeNameCharacters = SearchValues.Create(LettersAndDigits + "-_.");

    private static readonly SearchValues<byte> Control =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (byte)c).Except("\t\n\r"u8.ToArray())]);

    /// <summary>
    /// What a body or a text attribute may hold, in UTF-8: no other control characters, no U+FFFE and U+FFFF.
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    /// </summary>
    public static bool IsAllowed(ReadOnlySpan<byte> utf8) =>
        !utf8.ContainsAny(Control) && utf8.IndexOf("\uFFFE"u8) < 0 && utf8.IndexOf("\uFFFF"u8) < 0 && Utf8.IsValid(utf8);

    /// <summary>Letters, digits, hyphen, underscore, period; none of Amazon's prefixes; no period at an end or doubled.
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-message-attributes</summary>
    public static bool IsAttributeName(string name) =>
        name.Length is >= 1 and <= 256 && name.AsSpan().IndexOfAnyExcept(AttributeNameCharacters) < 0 &&
        name[0] != '.' && name[^1] != '.' && !name.Contains("..", StringComparison.Ordinal) &&
        !name.StartsWith("AWS.", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("Amazon.", StringComparison.OrdinalIgnoreCase);
}
