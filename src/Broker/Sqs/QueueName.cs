namespace Sightline.Broker.Sqs;

/// <summary>1 to 80 letters, digits, hyphens and underscores: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html</summary>
internal static class QueueName
{
    /// <summary>A fixed placeholder account and region: nothing here belongs to anybody's.</summary>
    public const string Account = "000000000000";
    public const string Region = "us-east-1";

    public static bool IsValid(string name) =>
        name.Length is >= 1 and <= 80 && name.AsSpan().IndexOfAnyExcept(Text.NameCharacters) < 0;

    public static string Arn(string name) => $"arn:aws:sqs:{Region}:{Account}:{name}";

    /// <summary>
    /// arn:aws:sqs:region:account:name, of which only the name is compared, since the box has one region and account. Nothing in it needs an escape
    /// where it is given back inside of JSON. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
    /// </summary>
    public static bool IsArn(string text) =>
        text.Split(':') is ["arn", _, "sqs", _, _, var name] && IsValid(name) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_');

    /// <summary>The last part.</summary>
    public static string OfArn(string arn) => arn[(arn.LastIndexOf(':') + 1)..];

    public static string Url(string origin, string name) => $"{origin}/{Account}/{name}";

    /// <summary>
    /// The last part of a queue URL's path. Host and account are not compared: a URL that was noted before the box
    /// came up on another port, or behind a forwarded one, still names its queue.
    /// </summary>
    public static bool TryFromUrl(string url, out string name)
    {
        name = "";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            return false;
        name = uri.AbsolutePath[(uri.AbsolutePath.LastIndexOf('/') + 1)..];
        return IsValid(name) && uri.AbsolutePath.Count(c => c == '/') == 2;
    }
}
