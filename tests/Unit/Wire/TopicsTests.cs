using Sightline.Wire;

namespace Sightline.Unit.Wire;

public sealed class TopicsTests
{
    [Theory]
    [InlineData("clients/front-door-IoTThing", "clients/+", "front-door-IoTThing")]
    [InlineData("frigate/garage/person/snapshot", "frigate/+/+/snapshot", "garage")]
    [InlineData("site/cam_1:a", "site/+", "cam_1:a")]
    [InlineData("a/b/c/d", "a/+/#", "b")]
    [InlineData("a/b", "a/+/#", "b")] // '#' is also the level above it (MQTT 5, 4.7.1.2)
    [InlineData("clients/d", "$share/cores/clients/+", "d")]
    public void The_first_plus_is_the_device(string topic, string filter, string device) => Assert.Equal(device, Topics.DeviceOf(topic, filter));

    [Theory]
    [InlineData("clients/d/answers", "clients/+")]
    [InlineData("other/d", "clients/+")]
    [InlineData("clients", "clients/+")]
    [InlineData("clients/", "clients/+")]
    [InlineData("clients/two words", "clients/+")]
    [InlineData("clients/türe", "clients/+")]
    [InlineData("clients/d", "clients/#")]
    [InlineData("clients/d", "clients/d")]
    [InlineData("frigate/gar age/person/snapshot", "frigate/+/+/snapshot")]
    public void What_names_no_device_has_none(string topic, string filter) => Assert.Null(Topics.DeviceOf(topic, filter));

    [Fact]
    public void A_thing_name_has_1_to_128_of_the_allowed_characters()
    {
        Assert.True(Topics.IsThingName("aZ09:_-"));
        Assert.True(Topics.IsThingName(new string('x', 128)));
        Assert.False(Topics.IsThingName(new string('x', 129)));
        Assert.False(Topics.IsThingName(""));
        Assert.False(Topics.IsThingName(null));
        Assert.False(Topics.IsThingName("a/b"));
        Assert.False(Topics.IsThingName("a+"));
        Assert.False(Topics.IsThingName("a\n"));
        Assert.Null(Topics.DeviceOf("clients/" + new string('x', 129), Topics.AllFrames));
    }

    [Fact]
    public void A_device_is_found_again_in_the_topic_made_for_it()
    {
        Assert.Equal("d", Topics.DeviceOf(Topics.Frames("d"), Topics.AllFrames));
        Assert.Equal("clients/d/answers", Topics.Answers("d"));
        Assert.Null(Topics.DeviceOf(Topics.Answers("d"), Topics.AllFrames));
    }

    [Theory]
    [InlineData("clients/+", null)]
    [InlineData("+/#", null)]
    [InlineData("cameras/#", "no '+'")]
    [InlineData("cameras/+x", "whole level")]
    [InlineData("cameras/+/#/x", "alone and last")]
    [InlineData("cameras/+/x#", "alone and last")]
    [InlineData("", "not empty")]
    public void A_filter_for_frames_is_checked(string filter, string? problem)
    {
        var found = Topics.ProblemOf(filter);
        if (problem is null) Assert.Null(found);
        else Assert.Contains(problem, found, StringComparison.Ordinal);
    }
}
