using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Sightline.Broker.Sqs;

/// <summary>
/// The MD5s that every SDK recomputes and refuses when they differ. Of attributes:
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
/// </summary>
[SuppressMessage("Security", "CA5351", Justification = "A checksum that Amazon's protocol prescribes; it protects nothing.")]
internal static class Digest
{
    public static string Of(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(MD5.HashData(body));

    /// <summary>Sorted by name: each of name, type and value with its length before it (big-endian), the value with its kind.</summary>
    public static string? Of(IReadOnlyList<MessageAttribute> attributes)
    {
        if (attributes.Count == 0)
            return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (var attribute in attributes.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            Add(hash, Encoding.UTF8.GetBytes(attribute.Name));
            Add(hash, Encoding.UTF8.GetBytes(attribute.DataType));
            hash.AppendData([attribute.IsBinary ? (byte)2 : (byte)1]);
            Add(hash, attribute.Value);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        hash.AppendData(length);
        hash.AppendData(value);
    }
}
