using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Sightline.Edge.Greengrass;

namespace Sightline.Unit.Edge.Greengrass;

/// <summary>Whole messages against bytes that another program made (Python's struct and zlib), and what is no message.</summary>
public sealed class EventStreamTests
{
    private const string Connect = "0000007800000048d487bdc50d3a6d6573736167652d7479706504000000040e3a6d6573736167652d666c61677304000000000a3a73747265616d2d69640400000000083a7665"
        + "7273696f6e070005302e312e307b2261757468546f6b656e223a224142434445464748494a4b4c4d4e4f50227d928e2af7";
    private const string Acknowledged = "0000004700000037374cfe3f0d3a6d6573736167652d7479706504000000050e3a6d6573736167652d666c61677304000000010a3a73747265616d2d69640400000000e237e27d";
    private const string StreamEnd = "0000004700000037374cfe3f0d3a6d6573736167652d7479706504000000000e3a6d6573736167652d666c61677304000000020a3a73747265616d2d69640400000003c607a9e3";
    private const string Request = "000000c4000000614302c0bc0d3a6d6573736167652d7479706504000000000e3a6d6573736167652d666c61677304000000000a3a73747265616d2d69640400000001096f7065"
        + "726174696f6e07001d6177732e677265656e6772617373235075626c697368546f546f7069637b22746f706963223a2273696768746c696e652f616e7377657273222c227075626c6973684d6573"
        + "73616765223a7b2262696e6172794d657373616765223a7b226d657373616765223a2241502f2b227d7d7d76d9a24b";
    private const string Reply = "000000a500000093b4e30d710d3a6d6573736167652d7479706504000000000e3a6d6573736167652d666c61677304000000000a3a73747265616d2d696404000000010d3a636f6e"
        + "74656e742d747970650700106170706c69636174696f6e2f6a736f6e12736572766963652d6d6f64656c2d747970650700256177732e677265656e6772617373235075626c697368546f546f7069"
        + "63526573706f6e73657b7dd2aa94a0";
    private const string Error = "000000ad0000006dde9699ab0d3a6d6573736167652d7479706504000000010e3a6d6573736167652d666c61677304000000020a3a73747265616d2d696404000000011273657276"
        + "6963652d6d6f64656c2d747970650700206177732e677265656e677261737323556e617574686f72697a65644572726f727b225f6d657373616765223a22222c225f6572726f72436f6465223a22"
        + "556e617574686f72697a65644572726f72227dc7857247";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Messages_are_written_byte_for_byte()
    {
        Assert.Equal(Connect, Hex(new(MessageType.Connect, MessageFlags.None, 0) { Version = "0.1.0", Payload = """{"authToken":"ABCDEFGHIJKLMNOP"}"""u8.ToArray() }));
        Assert.Equal(StreamEnd, Hex(new(MessageType.ApplicationMessage, MessageFlags.TerminateStream, 3)));
        Assert.Equal(Request, Hex(new(MessageType.ApplicationMessage, MessageFlags.None, 1)
        {
            Operation = "aws.greengrass#PublishToTopic",
            Payload = """{"topic":"sightline/answers","publishMessage":{"binaryMessage":{"message":"AP/+"}}}"""u8.ToArray(),
        }));
    }

    [Fact]
    public async Task Messages_are_read_one_after_another_however_they_are_cut()
    {
        using var stream = new Crumbs(Convert.FromHexString(Acknowledged + Reply + Error + StreamEnd));

        Assert.Equal((MessageType.ConnectAck, MessageFlags.ConnectionAccepted, 0), Head((await EventStream.ReadAsync(stream, Ct))!));
        var reply = (await EventStream.ReadAsync(stream, Ct))!;
        Assert.Equal((MessageType.ApplicationMessage, 1, "aws.greengrass#PublishToTopicResponse", "{}"), (reply.Type, reply.StreamId, reply.Model, Text(reply)));
        var error = (await EventStream.ReadAsync(stream, Ct))!;
        Assert.Equal((MessageType.ApplicationError, MessageFlags.TerminateStream, "UnauthorizedError"), (error.Type, error.Flags, IpcError.Of(error).Code));
        Assert.Equal((MessageType.ApplicationMessage, MessageFlags.TerminateStream, 3), Head((await EventStream.ReadAsync(stream, Ct))!));
        Assert.Null(await EventStream.ReadAsync(stream, Ct));
    }

    [Fact]
    public async Task What_is_written_is_read_back()
    {
        var message = new IpcMessage(MessageType.ApplicationMessage, MessageFlags.None, -7)
        {
            Operation = "aws.greengrass#Ü",
            Model = "",
            Version = "0.1.0",
            Payload = new byte[] { 0, 255 },
        };
        var read = (await EventStream.ReadAsync(new MemoryStream(EventStream.Encode(message)), Ct))!;
        Assert.Equal(message with { Payload = default }, read with { Payload = default });
        Assert.Equal(message.Payload.ToArray(), read.Payload.ToArray());
        Assert.Equal(EventStream.LengthOf(message), EventStream.Encode(message).Length);
    }

    [Fact]
    public async Task Headers_that_nobody_knows_are_passed_over_whatever_their_type()
    {
        byte[] headers =
        [
            .. Header("a", 0), .. Header("b", 1), .. Header("c", 2, 1), .. Header("d", 3, 1, 2), .. Header("e", 4, 1, 2, 3, 4), .. Header("f", 5, 1, 2, 3, 4, 5, 6, 7, 8),
            .. Header("g", 6, 0, 2, 1, 2), .. Header("h", 7, 0, 0), .. Header("i", 8, 1, 2, 3, 4, 5, 6, 7, 8), .. Header("", 9, [.. Enumerable.Repeat((byte)1, 16)]),
            .. Header(":stream-id", 4, 0, 0, 0, 5), .. Header(":message-type", 4, 0, 0, 0, 0),
        ];
        Assert.Equal((MessageType.ApplicationMessage, MessageFlags.None, 5), Head((await EventStream.ReadAsync(new MemoryStream(Whole(headers)), Ct))!));
    }

    [Theory]
    [InlineData(1, "the stream ended after 1 of the 12 bytes that begin a message")]
    [InlineData(11, "the stream ended after 11 of the 12 bytes that begin a message")]
    [InlineData(12, "the stream ended after 12 of the 71 bytes of a message")]
    [InlineData(70, "the stream ended after 70 of the 71 bytes of a message")]
    public async Task A_message_that_is_cut_short_is_told(int bytes, string problem) => await Told(Convert.FromHexString(Acknowledged)[..bytes], problem);

    [Fact]
    public async Task Every_damaged_byte_is_told()
    {
        var good = Convert.FromHexString(Error);
        for (var i = 0; i < good.Length; i++)
        {
            var bad = (byte[])good.Clone();
            bad[i] ^= 0x10;
            var told = await Assert.ThrowsAsync<IpcException>(async () => await EventStream.ReadAsync(new MemoryStream(bad), Ct));
            Assert.Contains(i < 12 ? "the CRC-32 of the lengths of a message is " : "the CRC-32 of a message is ", told.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(uint.MaxValue, 55, "a message of 4294967295 bytes; at most 1048576 are taken")]
    [InlineData(1_048_577, 55, "a message of 1048577 bytes; at most 1048576 are taken")]
    [InlineData(0, 0, "a message of 0 bytes; the shortest has 16")]
    [InlineData(15, 0, "a message of 15 bytes; the shortest has 16")]
    [InlineData(71, 56, "a message of 71 bytes cannot have 56 bytes of headers")]
    [InlineData(71, uint.MaxValue, "a message of 71 bytes cannot have 4294967295 bytes of headers")]
    public async Task Impossible_lengths_are_told_before_anything_is_waited_for(uint total, uint headers, string problem)
    {
        var prelude = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(prelude, total);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(4), headers);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(8), Crc32.HashToUInt32(prelude.AsSpan(0, 8)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        await Told(prelude, problem);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    [Fact]
    public async Task Headers_that_are_none_are_told()
    {
        await Told(Whole(Header(":stream-id", 4, 0, 0, 0, 5)), "a message without the header :message-type");
        await Told(Whole(Header(":message-type", 4, 0, 0, 0, 5)), "a message without the header :stream-id");
        await Told(Whole([]), "a message without the header :message-type");
        await Told(Whole([200, 1]), "a header needs 200 bytes where the headers have 1 left");
        await Told(Whole([1, (byte)'x']), "a header needs 1 bytes where the headers have 0 left");
        await Told(Whole([1, (byte)'x', 7, 0]), "a header needs 2 bytes where the headers have 1 left");
        await Told(Whole([1, (byte)'x', 7, 255, 255]), "a header needs 65535 bytes where the headers have 0 left");
        await Told(Whole([2, (byte)'x', (byte)'\n', 10]), "the header 'x�' has the type 10; the types are 0 to 9");
        await Told(Whole(Header(":stream-id", 5, 0, 0, 0, 0, 0, 0, 0, 5)), "the header :stream-id has the type 5; wanted 4, a number of 32 bits");
        await Told(Whole(Header("operation", 6, 0, 1, 65)), "the header operation has the type 6; wanted 7, a text");
    }

    [Fact]
    public async Task Whatever_comes_ends_as_a_message_or_as_an_error_that_says_so()
    {
        var random = new Random(20);
        var good = Convert.FromHexString(Request);
        for (var i = 0; i < 2_000; i++)
        {
            // Right lengths and checks around noise, so that the noise gets as far as it can.
            var headers = new byte[random.Next(60)];
            random.NextBytes(headers);
            if (random.Next(2) == 0) good.AsSpan(12, Math.Min(headers.Length, random.Next(60))).CopyTo(headers);
            try
            {
                await EventStream.ReadAsync(new MemoryStream(Whole(headers)), Ct);
            }
            catch (IpcException)
            {
                // As promised.
            }
        }
    }

    private static async Task Told(byte[] bytes, string problem)
    {
        var told = await Assert.ThrowsAsync<IpcException>(async () => await EventStream.ReadAsync(new MemoryStream(bytes), Ct));
        Assert.Equal(problem, told.Message);
    }

    private static byte[] Header(string name, byte type, params byte[] value) => [(byte)name.Length, .. Encoding.UTF8.GetBytes(name), type, .. value];

    private static byte[] Whole(byte[] headers)
    {
        var bytes = new byte[12 + headers.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), Crc32.HashToUInt32(bytes.AsSpan(0, 8)));
        headers.CopyTo(bytes, 12);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(^4), Crc32.HashToUInt32(bytes.AsSpan(..^4)));
        return bytes;
    }

    private static string Hex(IpcMessage message) => Convert.ToHexStringLower(EventStream.Encode(message));

    private static (MessageType Type, MessageFlags Flags, int Stream) Head(IpcMessage message) => (message.Type, message.Flags, message.StreamId);

    private static string Text(IpcMessage message) => Encoding.UTF8.GetString(message.Payload.Span);

    /// <summary>A stream that gives one byte at a time, as a socket may.</summary>
    private sealed class Crumbs(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
