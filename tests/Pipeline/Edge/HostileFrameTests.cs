using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge;

public sealed class HostileFrameTests
{
    [Theory]
    [InlineData("not an image", "")]
    [InlineData("an empty image", "")]
    [InlineData("a truncated JPEG", "")]
    [InlineData("a PNG of 16,016,000 pixels", "16016000|16,016,000|4004|16.0")]
    [InlineData("wrong base64", "base64")]
    [InlineData("no image at all", "encoded")]
    public async Task A_frame_that_is_no_image_is_answered_with_the_reason_and_the_core_lives_on(string kind, string reasonHasOneOf)
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();

        await device.PublishAsync(BadJson(kind));

        var answer = await device.AnswerAsync();
        Assert.Equal(("7", Results.BadImage), (answer.RequestId, answer.Result));
        Assert.False(string.IsNullOrWhiteSpace(answer.Reason));
        Assert.Contains(reasonHasOneOf.Split('|'), part => answer.Reason!.Contains(part, StringComparison.Ordinal));
        await LivesOnAsync(rig, device);
        Assert.Equal((1, 0), (rig.Core.BadImage, rig.Core.Errors));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("an empty payload")]
    [InlineData("JSON that is no frame")]
    [InlineData("JSON that does not end")]
    [InlineData("a JSON array")]
    [InlineData("random bytes")]
    [InlineData("the first bytes of a JPEG")]
    [InlineData("a PNG of 16,016,000 pixels without an id")]
    public async Task A_frame_without_a_request_id_is_counted_and_the_core_lives_on(string kind)
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();

        await device.PublishAsync(Anonymous(kind));

        await LivesOnAsync(rig, device);
        Assert.Equal((1, 0), (rig.Core.BadImage, rig.Core.Errors));
        Assert.Equal(0, device.Unread);
    }

    [Fact]
    public async Task A_streak_of_bad_frames_is_one_line_in_the_log()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();

        for (var i = 0; i < 20; i++) await device.PublishAsync([1, 2, 3]);

        // Frames are followed side by side: a good one that overtook the last bad one would end the streak early.
        await Rig.UntilAsync("all twenty are counted", () => rig.Core.BadImage == 20);
        await LivesOnAsync(rig, device);
        Assert.Equal(20, rig.Core.BadImage);
        Assert.Single(rig.Log.Lines, line => line.Room == "Sightline.Edge" && line.Level == LogLevel.Warning);
        Assert.Contains(rig.Log.Lines, line => line.Room == "Sightline.Edge" && line.Text.Contains("20 bad ones", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_frame_that_the_core_cannot_handle_is_answered_Failed_with_the_reason_and_the_core_lives_on()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        rig.MayFail = "Sightline.Edge";
        await rig.StopCoreAsync();
        using var sqs = rig.Sqs.Connect();
        // SQS, SetQueueAttributes: the smallest MaximumMessageSize there is. No face fits.
        await sqs.CreateQueueAsync(new Amazon.SQS.Model.CreateQueueRequest { QueueName = "tiny", Attributes = new() { ["MaximumMessageSize"] = "1024" } }, TestContext.Current.CancellationToken);
        await rig.StartCoreAsync(core => core with { RequestQueue = "tiny" });
        var device = await rig.ConnectAsync();

        await device.SendAsync("7", Cast.Couple());

        var answer = await device.AnswerAsync();
        Assert.Equal(("7", Results.Failed), (answer.RequestId, answer.Result));
        Assert.Contains("MaximumMessageSize", answer.Reason, StringComparison.Ordinal);
        Assert.Contains(rig.Log.Errors, line => line.Text.Contains("Request 7 ", StringComparison.Ordinal));
        await LivesOnAsync(rig, device);
        Assert.Equal(1, rig.Core.Errors);
    }

    [Fact]
    public async Task A_message_on_the_response_queue_that_is_no_answer_stays_there_and_the_others_pass()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        rig.MayFail = "Sightline.Edge"; // somebody else writes to our queue: that is an error and is logged as one
        var device = await rig.ConnectAsync();
        using var sqs = rig.Sqs.Connect();
        var queue = await SqsQueue.OpenAsync(sqs, Rig.ResponseQueue, TestContext.Current.CancellationToken);

        await queue.SendAsync("{\"device\":null}", TestContext.Current.CancellationToken);
        await queue.SendAsync("""{"request_id":"7","device":"front-door-IoTThing","result":"Unknown","a_key_of_the_future":1}""", TestContext.Current.CancellationToken);

        Assert.Equal("7", (await device.AnswerAsync()).RequestId);
        await Rig.UntilAsync("only the bad message is left", async () => await rig.DepthAsync(Rig.ResponseQueue) is { Waiting: var waiting, InFlight: var hidden } && waiting + hidden == 1);
    }

    private static async Task LivesOnAsync(Rig rig, TestDevice device)
    {
        await device.SendAsync("alive", Photo.Empty());
        var answer = await device.AnswerAsync();
        Assert.Equal(("alive", Results.NoFace), (answer.RequestId, answer.Result));
        await Rig.UntilAsync("no frame is under way", () => rig.Core.InFlight == 0);
    }

    private static byte[] BadJson(string kind) => kind switch
    {
        "wrong base64" => Encoding.UTF8.GetBytes("""{"request_id":"7","encoded":"###"}"""),
        "no image at all" => Encoding.UTF8.GetBytes("""{"request_id":"7"}"""),
        "not an image" => Json(Encoding.UTF8.GetBytes("I am not an image")),
        "an empty image" => Json([]),
        "a truncated JPEG" => Json(Photo.Empty()[..^200]),
        "a PNG of 16,016,000 pixels" => Json(Photo.HeaderBomb(4004, 4000)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static byte[] Anonymous(string kind) => kind switch
    {
        "text" => Encoding.UTF8.GetBytes("hello"),
        "an empty payload" => [],
        "JSON that is no frame" => Encoding.UTF8.GetBytes("""{"temperature":21.5}"""),
        "JSON that does not end" => Encoding.UTF8.GetBytes("""{"request_id":"""),
        "a JSON array" => Encoding.UTF8.GetBytes("[1,2,3]"),
        "random bytes" => [0xDE, 0xAD, 0xBE, 0xEF],
        "the first bytes of a JPEG" => Photo.Empty()[..20],
        "a PNG of 16,016,000 pixels without an id" => Photo.HeaderBomb(4004, 4000),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static byte[] Json(byte[] image) => JsonSerializer.SerializeToUtf8Bytes(new FrameMessage { RequestId = "7", Encoded = image }, WireJson.Default.FrameMessage);
}
