namespace Sightline.Broker.Sqs;

/// <summary>Amazon's quotas: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html</summary>
internal static class Limits
{
    /// <summary>
    /// 1 MiB a message since August 2025 (256 KiB before), and as much for a whole batch:
    /// https://aws.amazon.com/about-aws/whats-new/2025/08/amazon-sqs-max-payload-size-1mib/ and
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
    /// </summary>
    public const int MessageBytes = 1_048_576;

    public const int Batch = 10;

    public const int Attributes = 10;

    public static readonly TimeSpan Visibility = TimeSpan.FromHours(12);

    public const int DelaySeconds = 900;

    public const int WaitSeconds = 20;

    /// <summary>https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html</summary>
    public const int InFlight = 120_000;

    /// <summary>
    /// A body's byte takes six in JSON at the most (a control character or a &lt; as six ASCII characters), so a full
    /// batch is 6 MiB; 256 KiB are left for ids, names and brackets.
    /// </summary>
    public const int RequestBytes = (6 * MessageBytes) + (256 << 10);
}
