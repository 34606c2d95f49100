using System.Buffers.Binary;

namespace Sightline.Broker.Sqs;

/// <summary>
/// Names one receive of one message of one queue. Opaque to clients; another with each receive:
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
/// </summary>
internal readonly record struct ReceiptHandle(Guid Queue, Guid Message, int Receive)
{
    private const int Length = 36;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        Queue.TryWriteBytes(bytes);
        Message.TryWriteBytes(bytes[16..]);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[32..], Receive);
        return Convert.ToBase64String(bytes);
    }

    public static bool TryParse(string text, out ReceiptHandle handle)
    {
        Span<byte> bytes = stackalloc byte[Length];
        handle = default;
        if (text.Length != Length / 3 * 4 || !Convert.TryFromBase64String(text, bytes, out var written) || written != Length)
            return false;
        handle = new(new(bytes[..16]), new(bytes[16..32]), BinaryPrimitives.ReadInt32LittleEndian(bytes[32..]));
        return true;
    }
}
