using System.Globalization;
using System.Text;

namespace Sightline.Broker.Sqs;

/// <summary>What is done with queues as a whole; <see cref="MessageOperations"/> has the rest. Each returns its error or null.</summary>
internal sealed class QueueOperations(Queues queues)
{
    /// <summary>https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html</summary>
    private const int MostListed = 1000;

    public SqsError? Create(Call call)
    {
        var name = call.Parameters.Text("QueueName");
        var attributes = call.Parameters.TextMap("Attributes");
        var tags = call.Parameters.TextMap("tags");
        if ((call.Parameters.Error ?? Tags.Check(tags) ?? queues.Create(name, attributes, tags)) is { } error)
            return error;
        call.Answer.WriteString("QueueUrl", QueueName.Url(call.Origin, name));
        return null;
    }

    public SqsError? GetUrl(Call call)
    {
        var name = call.Parameters.Text("QueueName");
        if (call.Parameters.Error is { } error)
            return error;
        if (queues.Find(name) is null)
            return SqsError.QueueDoesNotExist;
        call.Answer.WriteString("QueueUrl", QueueName.Url(call.Origin, name));
        return null;
    }

    public SqsError? List(Call call)
    {
        var prefix = call.Parameters.OptionalText("QueueNamePrefix") ?? "";
        return Page(call, "QueueUrls", () => queues.Names(prefix));
    }

    /// <summary>The list is always there, and its name begins in lower case: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html</summary>
    public SqsError? ListDeadLetterSources(Call call)
    {
        if (Find(call, out var queue) is { } error)
            return error;
        return Page(call, "queueUrls", () => queues.SourcesOf(queue!.Name), evenEmpty: true);
    }

    /// <summary>Pages only for who asks for them with MaxResults; the token is the last name, in base64.</summary>
    private static SqsError? Page(Call call, string list, Func<IReadOnlyList<string>> all, bool evenEmpty = false)
    {
        var most = call.Parameters.Number("MaxResults", 1, MostListed);
        var token = call.Parameters.OptionalText("NextToken");
        Span<byte> after = stackalloc byte[128];
        var written = 0;
        if (token is not null && !Convert.TryFromBase64String(token, after, out written))
            call.Parameters.Fail(SqsError.Invalid("Invalid or expired next token."));
        if (call.Parameters.Error is { } error)
            return error;
        var last = Encoding.UTF8.GetString(after[..written]);
        var names = all().SkipWhile(n => string.CompareOrdinal(n, last) <= 0).ToList();
        var page = names.Take(most ?? MostListed).ToList();
        if (page.Count == 0 && !evenEmpty)
            return null;
        call.Answer.WriteStartArray(list);
        page.ForEach(name => call.Answer.WriteStringValue(QueueName.Url(call.Origin, name)));
        call.Answer.WriteEndArray();
        if (most is not null && names.Count > page.Count)
            call.Answer.WriteString("NextToken", Convert.ToBase64String(Encoding.UTF8.GetBytes(page[^1])));
        return null;
    }

    public SqsError? GetAttributes(Call call)
    {
        var names = call.Parameters.Texts("AttributeNames");
        if (Find(call, out var queue) is { } error)
            return error;
        var all = Attributes(queue!);
        if (names.FirstOrDefault(n => n is not ("All" or nameof(RedrivePolicy) or nameof(RedriveAllowPolicy)) && !all.ContainsKey(n)) is { } unknown)
            return SqsError.InvalidAttributeName($"Unknown Attribute {unknown}.");
        var asked = all.Where(a => names.Contains("All") || names.Contains(a.Key)).ToList();
        if (asked.Count == 0)
            return null;
        call.Answer.WriteStartObject("Attributes");
        asked.ForEach(a => call.Answer.WriteString(a.Key, a.Value));
        call.Answer.WriteEndObject();
        return null;
    }

    public SqsError? SetAttributes(Call call)
    {
        var attributes = call.Parameters.TextMap("Attributes");
        if (attributes.Count == 0)
            call.Parameters.Fail(SqsError.Missing("Attributes"));
        return Find(call, out var queue) ?? queues.Change(queue!, attributes);
    }

    /// <summary>Amazon allows one purge in 60 seconds (PurgeQueueInProgress), the time it may take there; here it takes none.</summary>
    public SqsError? Purge(Call call)
    {
        if (Find(call, out var queue) is { } error)
            return error;
        queue!.Purge();
        return null;
    }

    public SqsError? Delete(Call call)
    {
        if (Find(call, out var queue) is { } error)
            return error;
        return queues.Delete(queue!);
    }

    /// <summary>https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html</summary>
    public SqsError? Tag(Call call)
    {
        var added = call.Parameters.TextMap("Tags");
        if (added.Count == 0)
            call.Parameters.Fail(SqsError.Missing("Tags"));
        return Find(call, out var queue) ?? Tags.Check(added) ?? queues.Tag(queue!, tags =>
        {
            foreach (var (key, value) in added)
                tags[key] = value;
            return Tags.CheckCount(tags.Count);
        });
    }

    public SqsError? Untag(Call call)
    {
        var keys = call.Parameters.Texts("TagKeys");
        if (keys.Count == 0)
            call.Parameters.Fail(SqsError.Missing("TagKeys"));
        return Find(call, out var queue) ?? queues.Tag(queue!, tags =>
        {
            foreach (var key in keys)
                tags.Remove(key);
            return null;
        });
    }

    public SqsError? ListTags(Call call)
    {
        if (Find(call, out var queue) is { } error)
            return error;
        if (queue!.Tags.Count == 0)
            return null;
        call.Answer.WriteStartObject("Tags");
        foreach (var (key, value) in queue.Tags)
            call.Answer.WriteString(key, value);
        call.Answer.WriteEndObject();
        return null;
    }

    private SqsError? Find(Call call, out Queue? queue)
    {
        queue = null;
        var url = call.Parameters.Text("QueueUrl");
        return call.Parameters.Error ?? queues.FindByUrl(url, out queue);
    }

    private static Dictionary<string, string> Attributes(Queue queue)
    {
        var depth = queue.Depth;
        return new(queue.Settings.ToAttributes())
        {
            ["ApproximateNumberOfMessages"] = Text(depth.Visible),
            ["ApproximateNumberOfMessagesNotVisible"] = Text(depth.InFlight),
            ["ApproximateNumberOfMessagesDelayed"] = Text(depth.Delayed),
            ["CreatedTimestamp"] = Text(queue.CreatedAt.ToUnixTimeSeconds()),
            ["LastModifiedTimestamp"] = Text(queue.ChangedAt.ToUnixTimeSeconds()),
            ["QueueArn"] = QueueName.Arn(queue.Name),
        };
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
