using System.Buffers;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;
using MQTTnet.Packets;
using Sightline.Wire;

namespace Sightline.Unit.Wire;

public sealed class FrameReaderTests
{
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];
    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 9];
    private static readonly byte[] WebP = [.. "RIFF"u8, 4, 0, 0, 0, .. "WEBP"u8, 7];
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private static readonly string Base64 = Convert.ToBase64String(Jpeg);

    [Fact]
    public void A_json_frame_with_every_key_is_read()
    {
        var frame = Good($$"""{"request_id":"a-1","encoded":"{{Base64}}","filename":"x.jpg","sequence":3,"captured_at":"2026-01-31T10:00:00.25+02:00","why":true,"recompressed":true}""");
        Assert.Equal(("front-door-IoTThing", "a-1", true, "x.jpg"), (frame.Device, frame.RequestId, frame.RequestIdGiven, frame.Filename));
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 8, 0, 0, 250, TimeSpan.Zero), frame.CapturedAt);
        Assert.Equal(Jpeg, frame.Image.ToArray());
        Assert.Null(frame.ResponseTopic);
        Assert.Null(frame.CorrelationData);
        Assert.True(frame.Why && frame.Recompressed);
    }

    [Fact]
    public void Without_a_request_id_one_is_made_and_said_to_be_ours()
    {
        var frame = Good($$"""{"encoded":"{{Base64}}"}""");
        Assert.False(frame.RequestIdGiven);
        var id = Guid.Parse(frame.RequestId);
        Assert.Equal(7, id.Version);
        // UUIDv7 begins with the milliseconds since 1970 (RFC 9562, 5.7).
        Assert.StartsWith(Time.GetUtcNow().ToUnixTimeMilliseconds().ToString("x12", null), id.ToString("N"), StringComparison.Ordinal);
        Assert.NotEqual(frame.RequestId, Good($$"""{"encoded":"{{Base64}}"}""").RequestId);
    }

    [Theory]
    [InlineData("""{"request_id":null,"encoded":"/9j/4AECAw==","filename":null,"captured_at":null,"sequence":null}""")] // clients that write what they do not have
    [InlineData("""{"encoded":"/9j/4AECAw==","zone":{"a":[1,{"b":[]}],"request_id":"not this"},"list":[{}]}""")]
    [InlineData("\r\n\t  {\"encoded\":\"/9j/4AECAw==\"}  \n")]
    [InlineData("\uFEFF{\"encoded\":\"/9j/4AECAw==\"}")]
    [InlineData("""{"encoded":"\/9j\/4AECAw=="}""")]
    [InlineData("""{"encoded":"/9j/\n4AEC\nAw=="}""")] // base64 in lines, as Python's encodebytes makes it
    [InlineData("""{"encoded":"AAAA","encoded":"/9j/4AECAw=="}""")] // of a key given twice the last counts
    public void What_other_clients_write_is_taken(string json)
    {
        var frame = Good(json);
        Assert.Equal(Jpeg, frame.Image.ToArray());
        Assert.False(frame.RequestIdGiven);
    }

    [Theory]
    [InlineData("""{"request_id":"a-1","encoded":"not base64!"}""", "base64")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4A="}""", "base64")]
    [InlineData("""{"request_id":"a-1","encoded":""}""", "encoded is empty")]
    [InlineData("""{"request_id":"a-1"}""", "no 'encoded'")]
    [InlineData("""{"request_id":"a-1","encoded":null}""", "no 'encoded'")]
    [InlineData("""{"request_id":"a-1","encoded":17}""", "encoded is of JSON type Number")]
    [InlineData("""{"encoded":["x"],"request_id":"a-1"}""", "encoded is of JSON type StartArray")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AECAw==","filename":{"a":1}}""", "filename is of JSON type StartObject")]
    [InlineData("""{"filename":7,"encoded":false,"request_id":"a-1"}""", "filename is of JSON type Number")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AECAw==","captured_at":"yesterday"}""", "captured_at is 'yesterday'")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AECAw==","captured_at":"2026-01-31T10:00:00"}""", "offset")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AECAw==","captured_at":1700000000}""", "captured_at is of JSON type Number")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AECAw==","why":"yes"}""", "why is of JSON type String; wanted true or false")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AECAw==","recompressed":1}""", "recompressed is of JSON type Number; wanted true or false")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AECAw=="} and more""", "breaks off")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AECAw=="}{}""", "breaks off")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AEC""", "breaks off")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AECAw==",}""", "breaks off")]
    [InlineData("""{"request_id":"a-1","encoded":"/9j/4AECAw==","filename":"\ud800"}""", "not Unicode")]
    public void A_bad_json_frame_says_why_and_keeps_its_request_id(string json, string reason)
    {
        var bad = Bad(json);
        Assert.Equal("a-1", bad.RequestId);
        Assert.Contains(reason, bad.Reason, StringComparison.Ordinal);
        Assert.Equal("front-door-IoTThing", bad.Device);
    }

    [Theory]
    [InlineData("""{"request_id":"","encoded":"/9j/4AECAw=="}""")]
    [InlineData("""{"request_id":17,"encoded":"/9j/4AECAw=="}""")]
    [InlineData("""{"request_id":{"id":"a"},"encoded":"/9j/4AECAw=="}""")]
    [InlineData("""{"request_id":"a\u0000b","encoded":"/9j/4AECAw=="}""")]
    [InlineData("""{"request_id":"a\nb","encoded":"/9j/4AECAw=="}""")]
    [InlineData("""{"request_id":"a\u202Eb","encoded":"/9j/4AECAw=="}""")] // right-to-left override: a log line that lies
    [InlineData("""{"request_id":"good","encoded":"/9j/4AECAw==","request_id":""}""")]
    public void A_wrong_request_id_is_named_and_no_other_takes_its_place(string json)
    {
        var bad = Bad(new MqttApplicationMessage { Payload = Sequence(json), CorrelationData = "correlated"u8.ToArray() });
        Assert.Null(bad.RequestId);
        Assert.Contains("request_id", bad.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_id_has_128_characters_at_most()
    {
        Assert.True(Good($$"""{"request_id":"{{new string('x', 128)}}","encoded":"{{Base64}}"}""").RequestIdGiven);
        Assert.Contains("129 characters", Bad($$"""{"request_id":"{{new string('x', 129)}}","encoded":"{{Base64}}"}""").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_never_carries_a_whole_hostile_text()
    {
        var bad = Bad($$"""{"request_id":"a","encoded":"{{Base64}}","captured_at":"{{new string('\u202e', 100_000)}}"}""");
        Assert.InRange(bad.Reason.Length, 1, 250);
        Assert.DoesNotContain('\u202e', bad.Reason);
    }

    [Fact]
    public void Json_nested_without_end_is_refused()
    {
        var bad = Bad("{\"request_id\":\"a-1\",\"x\":" + new string('[', 100_000));
        Assert.Equal("a-1", bad.RequestId);
        Assert.Contains("breaks off", bad.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_unicode_inside_json_are_refused()
    {
        byte[] json = [.. """{"request_id":"a"""u8, 0xC3, 0x28, .. "\",\"encoded\":\"/9j/4AECAw==\"}"u8];
        var bad = Bad(new MqttApplicationMessage { Payload = new ReadOnlySequence<byte>(json) });
        Assert.Null(bad.RequestId);
    }

    [Theory]
    [InlineData("jpeg")]
    [InlineData("png")]
    [InlineData("webp")]
    public void Image_bytes_are_a_frame_by_themselves(string format)
    {
        var image = format switch { "jpeg" => Jpeg, "png" => Png, _ => WebP };
        var frame = Good(new MqttApplicationMessage { Payload = new ReadOnlySequence<byte>(image) });
        Assert.Equal(image, frame.Image.ToArray());
        Assert.False(frame.RequestIdGiven);
        Assert.Null(frame.Filename);
    }

    [Fact]
    public void On_mqtt_5_image_bytes_carry_id_filename_and_time()
    {
        var frame = Good(new MqttApplicationMessage
        {
            Payload = new ReadOnlySequence<byte>(Jpeg),
            CorrelationData = "r-7"u8.ToArray(),
            UserProperties = [Property("filename", "garage.jpg"), Property("captured_at", "2026-01-31t11:59:59z"), Property("other", "x")],
            ResponseTopic = "clients/front-door-IoTThing/mine",
        });
        Assert.Equal(("r-7", true, "garage.jpg", "clients/front-door-IoTThing/mine"), (frame.RequestId, frame.RequestIdGiven, frame.Filename, frame.ResponseTopic));
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 11, 59, 59, TimeSpan.Zero), frame.CapturedAt);
        Assert.Equal("r-7"u8.ToArray(), frame.CorrelationData);
    }

    [Fact]
    public void A_wrong_user_property_is_a_bad_frame_that_can_be_answered()
    {
        var bad = Bad(new MqttApplicationMessage
        {
            Payload = new ReadOnlySequence<byte>(Jpeg),
            CorrelationData = "r-7"u8.ToArray(),
            UserProperties = [Property("captured_at", "noon")],
        });
        Assert.Equal("r-7", bad.RequestId);
        Assert.Equal("r-7"u8.ToArray(), bad.CorrelationData);
    }

    [Fact]
    public void Correlation_data_that_is_no_text_is_an_id_in_base64url()
    {
        byte[] correlation = [0xFF, 0xFE, 0xFB];
        var frame = Good(new MqttApplicationMessage { Payload = new ReadOnlySequence<byte>(Jpeg), CorrelationData = correlation });
        Assert.Equal(("__77", true), (frame.RequestId, frame.RequestIdGiven));
        Assert.Equal(correlation, frame.CorrelationData);
        Assert.Equal(43, FrameReader.IdOf(new byte[1000]).Length); // SHA-256 in base64url
    }

    [Fact]
    public void A_json_frame_names_itself_before_its_correlation_data_does()
    {
        var both = new MqttApplicationMessage { Payload = Sequence($$"""{"request_id":"json","encoded":"{{Base64}}"}"""), CorrelationData = "other"u8.ToArray() };
        Assert.Equal("json", Good(both).RequestId);
        both.Payload = Sequence($$"""{"encoded":"{{Base64}}"}""");
        Assert.Equal("other", Good(both).RequestId);
    }

    [Theory]
    [InlineData("clients/front-door-IoTThing")]
    [InlineData("clients/front-door-IoTThing/")]
    [InlineData("clients/front-door-IoTThing2/answers")]
    [InlineData("clients/other/answers")]
    [InlineData("clients/front-door-IoTThing/+")]
    [InlineData("clients/front-door-IoTThing/a/#")]
    [InlineData("")]
    public void A_response_topic_elsewhere_is_not_obeyed(string topic)
    {
        var frame = Good(new MqttApplicationMessage { Payload = new ReadOnlySequence<byte>(Jpeg), ResponseTopic = topic });
        Assert.Null(frame.ResponseTopic);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("hello", "68656C6C")]
    [InlineData("[1]", "5B315D")]
    [InlineData("\"text\"", "22746578")]
    [InlineData("   ", "202020")]
    [InlineData("RIFF....WAVE", "52494646")]
    public void What_is_neither_json_nor_an_image_says_how_it_begins(string payload, string reason)
    {
        var bad = Bad(payload);
        Assert.Null(bad.RequestId);
        Assert.Contains(reason, bad.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_payload_in_pieces_is_read_like_one_in_one_piece()
    {
        var json = Encoding.UTF8.GetBytes($$"""{"request_id":"a-1","encoded":"{{Base64}}"}""");
        var first = new Piece(json.AsMemory(0, 9), 0);
        var last = first.Then(json.AsMemory(9));
        var frame = Good(new MqttApplicationMessage { Payload = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length) });
        Assert.Equal("a-1", frame.RequestId);
        Assert.Equal(Jpeg, frame.Image.ToArray());
    }

    [Fact]
    public void No_prefix_and_no_torn_byte_of_a_frame_ends_in_an_exception()
    {
        var json = Encoding.UTF8.GetBytes($$"""{"request_id":"a-1","x":{"y":[1,2]},"encoded":"{{Base64}}","filename":"ü","captured_at":"2026-01-31T10:00:00Z"}""");
        var random = new Random(5);
        for (var i = 0; i < json.Length; i++)
        {
            Read(json[..i]);
            for (var n = 0; n < 8; n++)
            {
                var torn = (byte[])json.Clone();
                torn[i] = (byte)random.Next(256);
                Read(torn);
            }
        }

        static void Read(byte[] bytes)
        {
            var read = FrameReader.TryRead("d", new MqttApplicationMessage { Payload = new ReadOnlySequence<byte>(bytes) }, Time, out var frame, out var bad);
            Assert.Equal(read, frame is not null);
            Assert.Equal(!read, bad is not null);
        }
    }

    private static ReadOnlySequence<byte> Sequence(string text) => new(Encoding.UTF8.GetBytes(text));

    private static MqttUserProperty Property(string name, string value) => new(name, Encoding.UTF8.GetBytes(value).AsMemory());

    private static Frame Good(string payload) => Good(new MqttApplicationMessage { Payload = Sequence(payload) });

    private static Frame Good(MqttApplicationMessage message)
    {
        Assert.True(FrameReader.TryRead("front-door-IoTThing", message, Time, out var frame, out var bad), bad?.Reason);
        return frame;
    }

    private static BadFrame Bad(string payload) => Bad(new MqttApplicationMessage { Payload = Sequence(payload) });

    private static BadFrame Bad(MqttApplicationMessage message)
    {
        Assert.False(FrameReader.TryRead("front-door-IoTThing", message, Time, out _, out var bad));
        return bad!;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long at) => (Memory, RunningIndex) = (memory, at);

        public Piece Then(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
