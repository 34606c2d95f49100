using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sightline.Wire;

/// <summary>
/// Where in the archive what lies (docs/wire.md): an answer in a folder of its own, by date and device, and beside that an entry without content for each person
/// whom one of its faces was most like, so that whoever is removed is found.
/// </summary>
public static class ArchiveKeys
{
    /// <summary>Of an answer, in its folder; put last, so that one that is there is complete.</summary>
    public const string Answer = "answer.json";

    /// <summary>Before answers with a face of which it is not known whom it is like.</summary>
    internal const string OfNobody = "nobody/";

    internal const string OfPeople = "people/";
    private const string Frame = "frame.";

    // As long as a thing name; with the moment before it, it still is a file's name (255 bytes on every common file system).
    private const int LongestName = 128;

    private const string Day = "yyyy'/'MM'/'dd";
    private const string Moment = "yyyyMMdd'T'HHmmss'.'fffffff'Z'";
    private const int MomentLength = 24;

    /// <summary>The folder of an answer, the same for whoever knows the frame: <c>2026/05/04/front-door/20260504T100000.0120000Z-7</c>.</summary>
    public static string Of(DateTimeOffset receivedAt, string device, string requestId)
    {
        var at = receivedAt.UtcDateTime;
        return $"{at.ToString(Day, CultureInfo.InvariantCulture)}/{Safe(device)}/{at.ToString(Moment, CultureInfo.InvariantCulture)}-{Safe(requestId)}";
    }

    public static string FaceOf(string answer, int face) => $"{answer}/face-{face.ToString(CultureInfo.InvariantCulture)}.jpg";

    public static string AnswerOf(string answer) => $"{answer}/{Answer}";

    /// <param name="answer">Its folder.</param>
    /// <param name="format">"jpeg", "png" or "webp".</param>
    public static string FrameOf(string answer, string format) => $"{answer}/{Frame}{(format == "jpeg" ? "jpg" : format)}";

    /// <summary>The entry by which an answer is found for somebody.</summary>
    /// <param name="person">Whom a face of it was most like; null: nobody knows whom.</param>
    /// <param name="answer">Its folder.</param>
    public static string IndexOf(string? person, string answer) => (person is null ? OfNobody : OfPerson(person)) + answer;

    internal static string OfPerson(string person) => $"{OfPeople}{Safe(person)}/";

    internal static bool IsFrame(string name) => name.StartsWith(Frame, StringComparison.Ordinal);

    /// <summary>Whether it is an answer's folder, and when its frame was received: what is no such thing is never deleted.</summary>
    internal static bool IsAnswer(string folder, out DateTimeOffset receivedAt)
    {
        receivedAt = default;
        var parts = folder.Split('/');
        return parts.Length == 5 && parts[4].Length > MomentLength + 1 && parts[4][MomentLength] == '-'
            && DateTimeOffset.TryParseExact(parts[4][..MomentLength], Moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out receivedAt)
            && folder.StartsWith(receivedAt.ToString(Day, CultureInfo.InvariantCulture) + "/", StringComparison.Ordinal) && ObjectStore.IsKey(folder);
    }

    /// <summary>Whether it is an entry, of somebody or of nobody.</summary>
    internal static bool IsIndex(string key, out DateTimeOffset receivedAt)
    {
        receivedAt = default;
        if (key.StartsWith(OfNobody, StringComparison.Ordinal)) return IsAnswer(key[OfNobody.Length..], out receivedAt);
        return key.StartsWith(OfPeople, StringComparison.Ordinal) && key.IndexOf('/', OfPeople.Length) is > 0 and var slash && IsAnswer(key[(slash + 1)..], out receivedAt);
    }

    /// <summary>The folder and the name of an object of an answer.</summary>
    internal static bool TrySplit(string key, [NotNullWhen(true)] out string? folder, out string name, out DateTimeOffset receivedAt)
    {
        var slash = key.LastIndexOf('/');
        (folder, name) = slash < 0 ? (null, key) : (key[..slash], key[(slash + 1)..]);
        receivedAt = default;
        return folder is not null && IsAnswer(folder, out receivedAt);
    }

    /// <summary>
    /// Anybody's text as one part of a key. What is not a letter, a digit, - _ or . inside becomes =XX for each byte of its UTF-8, the equals sign too, so that no two texts become the
    /// same; where that is too long, "=x" and the text's SHA-256, which no other text begins with.
    /// </summary>
    internal static string Safe(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var safe = new StringBuilder(bytes.Length);
        foreach (var one in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)one) || one is (byte)'-' or (byte)'_' || (one is (byte)'.' && safe.Length > 0)) safe.Append((char)one);
            else safe.Append(CultureInfo.InvariantCulture, $"={one:x2}");
        }
        return safe.Length is > 0 and <= LongestName ? safe.ToString() : "=x" + Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
