using System.Text;
using MQTTnet.Formatter;
using Sightline.App;
using Sightline.Pipeline.Wire;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge;

public sealed class OneFrameTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_face_is_answered_with_the_name_that_was_enrolled(bool photographs)
    {
        await using var rig = await Rig.StartAsync(models: photographs ? Models.Published : null);
        var (one, two, again) = photographs
            ? (Photo.Read("people/person-01/img1.jpg"), Photo.Read("people/person-02/img13.jpg"), Photo.Read("people/person-01/img2.jpg"))
            : (Cast.Portrait(0), Cast.Portrait(1), Cast.Alone(0));
        rig.Enroll(("Person One", one), ("Person Two", two));
        await rig.StopRecognizerAsync();
        await rig.StartRecognizerAsync(); // sees the gallery as it is now, whatever the clock
        var device = await rig.ConnectAsync();

        await device.SendAsync("7", again, "img2.jpg");

        var answer = await device.AnswerAsync();
        Assert.Equal(("7", "front-door-IoTThing", "img2.jpg", "Person One"), (answer.RequestId, answer.Device, answer.Filename, answer.Result));
        var face = answer.Faces[0];
        Assert.Equal(("known", "Person One"), (face.Decision, face.Name));
        Assert.True(face.Similarity >= face.Threshold && face.Margin > 0, $"{face}");
        Assert.NotNull(answer.ReceivedAt);
        Assert.Equal(rig.Model.Id, answer.Model);
        await Soon.Until(() => rig.Core.Answered.GetValueOrDefault("known") == 1); // counted when the broker has said that it has the answer, which the device may have before
    }

    [Theory]
    [InlineData(true, 6)]
    [InlineData(false, 5)]
    public async Task Every_face_of_a_group_is_answered_the_largest_first(bool photograph, int faces)
    {
        await using var rig = await Rig.StartAsync(models: photograph ? Models.Published : null);
        var device = await rig.ConnectAsync();

        await device.SendAsync("7", photograph ? Photo.Read("groups/multiface.jpg") : Cast.Crowd());

        var answer = await device.AnswerAsync();
        Assert.Equal(faces, answer.Faces.Count);
        Assert.Equal(Results.Unknown, answer.Result);
        Assert.All(answer.Faces, face => Assert.Equal("unknown", face.Decision));
        var areas = answer.Faces.Select(face => (face.Box[2] - face.Box[0]) * (face.Box[3] - face.Box[1])).ToArray();
        Assert.Equal(areas.OrderDescending(), areas);
    }

    [Fact]
    public async Task A_face_out_of_focus_or_far_away_is_answered_with_the_reason_in_place_of_a_guess()
    {
        await using var rig = await Rig.StartAsync(core => core with { MinFaceSize = 12 });
        rig.Enroll(("Person One", Cast.Portrait(0)));
        var device = await rig.ConnectAsync();

        foreach (var (id, frame, gate) in new[] { ("7", Cast.OutOfFocus(0), "blurred"), ("8", Cast.FarAway(0), "too_small") })
        {
            await device.SendAsync(id, frame);

            var answer = await device.AnswerAsync();
            Assert.Equal((id, Results.Unknown), (answer.RequestId, answer.Result));
            var face = answer.Faces[0];
            Assert.Equal((gate, null, null, null), (face.Decision, face.Name, face.Similarity, face.Margin));
            Assert.Equal(MathF.Min(face.Box[2] - face.Box[0], face.Box[3] - face.Box[1]), face.Quality!.Size, 0.1f);
            Assert.NotNull(face.Quality.Sharpness);
        }
    }

    [Fact]
    public async Task A_frame_without_a_face_is_answered_without_the_request_queue()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();

        await device.SendAsync("7", Photo.Empty(), "wall.jpg");

        var answer = await device.AnswerAsync();
        Assert.Equal(("7", Results.NoFace, "wall.jpg"), (answer.RequestId, answer.Result, answer.Filename));
        Assert.Empty(answer.Faces);
        Assert.Equal(new QueueDepth(0, 0), await rig.DepthAsync(Rig.RequestQueue));
        Assert.Equal((1, 1), (rig.Core.Accepted, rig.Core.NoFace));
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task The_bytes_of_an_image_are_a_frame_and_get_an_id(MqttProtocolVersion version)
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync(version: version);

        await device.PublishAsync(Photo.Empty());

        var answer = await device.AnswerAsync();
        Assert.Equal(Results.NoFace, answer.Result);
        Assert.Equal(7, Guid.Parse(answer.RequestId).Version);
    }

    [Fact]
    public async Task The_core_s_own_answer_gives_correlation_data_back_on_the_topic_asked_for()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();

        await device.PublishAsync(Photo.Empty(), frame => frame
            .WithCorrelationData(Encoding.UTF8.GetBytes("seven")).WithResponseTopic("clients/front-door-IoTThing/mine").WithUserProperty("filename", Encoding.UTF8.GetBytes("wall.jpg")));

        var (answer, message) = await device.AnswerMessageAsync();
        Assert.Equal(("seven", "wall.jpg"), (answer.RequestId, answer.Filename));
        Assert.Equal("clients/front-door-IoTThing/mine", message.Topic);
        Assert.Equal("seven", Encoding.UTF8.GetString(message.CorrelationData));
    }

    [Fact]
    public async Task The_recognizer_s_answer_gives_correlation_data_back_on_the_topic_asked_for()
    {
        await using var rig = await Rig.StartAsync();
        var device = await rig.ConnectAsync();

        await device.PublishAsync(Cast.Couple(), frame => frame
            .WithCorrelationData(Encoding.UTF8.GetBytes("seven")).WithResponseTopic("clients/front-door-IoTThing/mine"));

        var (answer, message) = await device.AnswerMessageAsync();
        Assert.Equal(("seven", Results.Unknown), (answer.RequestId, answer.Result));
        Assert.Equal("clients/front-door-IoTThing/mine", message.Topic);
        Assert.Equal("seven", Encoding.UTF8.GetString(message.CorrelationData));
    }

    [Fact]
    public async Task Another_topic_is_read_when_it_names_its_device()
    {
        await using var rig = await Rig.StartAsync(core => core with { Topics = [Topics.AllFrames, "frigate/+/+/snapshot"] }, recognizer: false);
        var device = await rig.ConnectAsync();

        await device.PublishAsync(Photo.Empty(), frame => frame.WithTopic("frigate/front-door-IoTThing/person/snapshot"));

        Assert.Equal(Results.NoFace, (await device.AnswerAsync()).Result);
    }

    [Fact]
    public async Task A_filter_that_takes_the_answers_too_is_refused()
    {
        var failure = await Assert.ThrowsAsync<WireException>(() => Rig.StartAsync(core => core with { Topics = ["clients/+/answers"] }, recognizer: false));
        Assert.Contains("answers", failure.Message, StringComparison.Ordinal);
    }
}
