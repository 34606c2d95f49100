using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Sightline.Broker.Sqs;

/// <summary>A request's whole body in a pooled buffer: a signature covers all of it, so nothing is read before everything is here.</summary>
internal readonly struct Body : IDisposable
{
    /// <summary>What a client announces is not believed: the buffer grows with what has come.</summary>
    private const int First = 16 << 10;

    private readonly byte[] _buffer;

    private Body(byte[] buffer, int length)
    {
        _buffer = buffer;
        Bytes = buffer.AsMemory(0, length);
    }

    /// <summary>Until the end of the request.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <exception cref="BadHttpRequestException">Longer than the server takes.</exception>
    public static async Task<Body> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(First);
        var length = 0;
        try
        {
            while (await request.Body.ReadAsync(buffer.AsMemory(length), ct) is > 0 and var read)
            {
                length += read;
                if (length < buffer.Length)
                    continue;
                var larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
                buffer.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            return new(buffer, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
