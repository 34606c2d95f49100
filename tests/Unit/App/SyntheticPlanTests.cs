using Sightline.App;
using Sightline.App.Demonstration;
using Sightline.Faces;

namespace Sightline.Unit.App;

public sealed class SyntheticPlanTests
{
    [Fact]
    public async Task Everybody_is_enrolled_by_one_frame_and_published_in_three_others_with_strangers_and_groups()
    {
        var plan = new SyntheticPlan(1);
        var ada = Assert.Single(plan.People);
        Assert.Equal("synthetic-0000", ada.Name);
        Assert.True(plan.TryTake(Assert.Single(ada.Photos), out _, out _));

        Assert.Equal((3 * (1 + 4)) + 6, plan.Prepare(TestContext.Current.CancellationToken));
        var frames = plan.Frames(new Dictionary<string, string> { [ada.Name] = ada.Photos[0] });
        Assert.Equal(["synthetic-0000", "synthetic-0000", "synthetic-0000"], frames.Take(3).Select(frame => frame.Expected?.ToString()));
        Assert.All(frames.Skip(3).Take(12), frame => Assert.Equal(("stranger", "unknown"), (Path.GetDirectoryName(frame.Label), frame.Expected?.ToString())));
        Assert.All(frames.Skip(15), frame => Assert.StartsWith("together/", frame.Label, StringComparison.Ordinal));
        Assert.Equal(6, frames.Skip(15).Count());

        var source = plan.Source(frames);
        Assert.Equal((frames.Count, frames[7].File), (source.Count, (await source.GetAsync(7, TestContext.Current.CancellationToken)).File));
        Assert.All(plan.Frames(new Dictionary<string, string>()).Take(3), frame => Assert.Null(frame.Expected)); // nobody enrolled, nobody expected
    }

    [Fact]
    public void A_model_of_photographs_is_stricter_with_people_who_do_not_exist_and_stays_the_same_model()
    {
        var suited = SyntheticPlan.Suited(Models.Published);
        Assert.Equal((0.73f, FaceModel.MobileFaceNet.Id), (suited.Recognizer.Threshold.Similarity, suited.Recognizer.Id));
        Assert.Equal(Models.Builtin, SyntheticPlan.Suited(Models.Builtin));
    }
}
