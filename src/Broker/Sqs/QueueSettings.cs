using System.Globalization;
using System.Text.Json;

namespace Sightline.Broker.Sqs;

internal sealed record RedrivePolicy(string DeadLetterTargetArn, int MaxReceiveCount)
{
    /// <summary>The queue's name, the last part of the ARN; region and account are not looked at, since the box has one of each.</summary>
    public string DeadLetterName => QueueName.OfArn(DeadLetterTargetArn);
}

/// <summary>
/// A queue's attributes that can be set, names, ranges and defaults as in
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
/// </summary>
internal sealed record QueueSettings
{
    private static readonly Dictionary<string, (int Least, int Most, Func<QueueSettings, int, QueueSettings> Set)> Numbers = new()
    {
        [nameof(VisibilityTimeout)] = (0, (int)Limits.Visibility.TotalSeconds, (s, v) => s with { VisibilityTimeout = v }),
        [nameof(DelaySeconds)] = (0, Limits.DelaySeconds, (s, v) => s with { DelaySeconds = v }),
        [nameof(MaximumMessageSize)] = (1024, Limits.MessageBytes, (s, v) => s with { MaximumMessageSize = v }),
        [nameof(MessageRetentionPeriod)] = (60, 1_209_600, (s, v) => s with { MessageRetentionPeriod = v }),
        [nameof(ReceiveMessageWaitTimeSeconds)] = (0, Limits.WaitSeconds, (s, v) => s with { ReceiveMessageWaitTimeSeconds = v }),
    };

    public int VisibilityTimeout { get; init; } = 30;
    public int DelaySeconds { get; init; }
    public int MaximumMessageSize { get; init; } = Limits.MessageBytes;
    public int MessageRetentionPeriod { get; init; } = 345_600;
    public int ReceiveMessageWaitTimeSeconds { get; init; }
    public RedrivePolicy? Redrive { get; init; }
    public RedriveAllowPolicy? RedriveAllow { get; init; }

    /// <summary>Taken and given back, since templates set it; nothing is encrypted here: the file is its owner's, and so is the disk.</summary>
    public bool SqsManagedSseEnabled { get; init; }

    /// <summary>These settings with the attributes given; the first that is wrong is the error.</summary>
    public SqsError? With(IEnumerable<KeyValuePair<string, string>> attributes, out QueueSettings settings)
    {
        settings = this;
        foreach (var (name, value) in attributes)
        {
            if (settings.With(name, value, out settings) is { } error)
                return error;
        }

        return null;
    }

    /// <summary>As GetQueueAttributes gives them back.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToAttributes()
    {
        yield return new(nameof(VisibilityTimeout), Text(VisibilityTimeout));
        yield return new(nameof(DelaySeconds), Text(DelaySeconds));
        yield return new(nameof(MaximumMessageSize), Text(MaximumMessageSize));
        yield return new(nameof(MessageRetentionPeriod), Text(MessageRetentionPeriod));
        yield return new(nameof(ReceiveMessageWaitTimeSeconds), Text(ReceiveMessageWaitTimeSeconds));
        yield return new(nameof(SqsManagedSseEnabled), SqsManagedSseEnabled ? "true" : "false");
        if (Redrive is { } redrive)
            yield return new("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{redrive.DeadLetterTargetArn}}","maxReceiveCount":{{redrive.MaxReceiveCount}}}""");
        if (RedriveAllow is { } allow)
            yield return new(nameof(RedriveAllowPolicy), allow.ToString());
    }

    private SqsError? With(string name, string value, out QueueSettings settings)
    {
        settings = this;
        if (Numbers.TryGetValue(name, out var number))
        {
            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) || parsed < number.Least || parsed > number.Most)
                return SqsError.InvalidAttributeValue($"Invalid value '{value}' for the parameter {name}: wanted {number.Least} to {number.Most}.");
            settings = number.Set(this, parsed);
            return null;
        }

        switch (name)
        {
            case "RedrivePolicy":
                return WithRedrive(value, out settings);
            case nameof(RedriveAllowPolicy):
                if (RedriveAllowPolicy.Read(value, out var allow) is { } wrong)
                    return wrong;
                settings = this with { RedriveAllow = allow };
                return null;
            case nameof(SqsManagedSseEnabled) when bool.TryParse(value, out var enabled):
                settings = this with { SqsManagedSseEnabled = enabled };
                return null;
            case "FifoQueue" or "ContentBasedDeduplication" or "DeduplicationScope" or "FifoThroughputLimit":
                return SqsError.InvalidAttributeName($"Unknown Attribute {name}: this endpoint has standard queues only.");
            case "Policy" or "KmsMasterKeyId" or "KmsDataKeyReusePeriodSeconds":
                return SqsError.InvalidAttributeName($"{name} is Amazon's, and this endpoint would not keep to it: leave it out here.");
            default:
                return SqsError.InvalidAttributeName($"Unknown Attribute {name}.");
        }
    }

    /// <summary>
    /// maxReceiveCount is 1 to 1,000 and comes as a number or in quotes:
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    /// </summary>
    private SqsError? WithRedrive(string value, out QueueSettings settings)
    {
        settings = this;
        if (value.Length == 0)
        {
            settings = this with { Redrive = null };
            return null;
        }

        try
        {
            using var policy = JsonDocument.Parse(value);
            var arn = policy.RootElement.GetProperty("deadLetterTargetArn").GetString();
            var count = policy.RootElement.GetProperty("maxReceiveCount");
            var most = count.ValueKind == JsonValueKind.String
                ? int.Parse(count.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture)
                : count.GetInt32();
            if (most is >= 1 and <= 1000 && arn is not null && QueueName.IsArn(arn))
            {
                settings = this with { Redrive = new(arn, most) };
                return null;
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or OverflowException or InvalidOperationException)
        {
            // Told below, with what was wanted.
        }

        return SqsError.InvalidAttributeValue(
            $$"""Value {{value}} for parameter RedrivePolicy is invalid: wanted {"deadLetterTargetArn":"arn:aws:sqs:…:<queue>","maxReceiveCount":1 to 1000}.""");
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
