using Sightline.App;
using Sightline.App.Demonstration;
using Sightline.Wire;

namespace Sightline.Unit.App;

public sealed class PhotographPlanTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_of_people_and_loose_photographs_is_read_in_natural_order()
    {
        Touch("Ada/img10.jpg", "Ada/img2.JPG", "Ada/notes.txt", "Grace/only.png", ".trash/old.jpg", "empty/readme.md", "party.webp");
        var plan = PhotographPlan.OfFolder(_folder);
        Assert.Equal(["Ada", "Grace"], plan.People.Select(person => person.Name));
        Assert.Equal(["img2.JPG", "img10.jpg"], plan.People[0].Photos.Select(Path.GetFileName));
        Assert.Equal("party.webp", Assert.Single(plan.Others).Label);
        Assert.Equal(4, plan.Count);
    }

    [Fact]
    public void What_is_not_enrolled_is_published_and_a_single_photograph_is_only_enrolled()
    {
        Touch("Ada/1.jpg", "Ada/2.jpg", "Grace/1.jpg", "loose.jpg");
        var plan = PhotographPlan.OfFolder(_folder);
        var frames = plan.Frames(plan.People.ToDictionary(person => person.Name, person => person.Photos[0]));
        Assert.Equal(["Ada/2.jpg", "loose.jpg"], frames.Select(frame => frame.Label));
        Assert.Equal(["Ada", null], frames.Select(frame => frame.Expected?.ToString()));
    }

    [Fact]
    public void Nobody_expects_the_name_of_who_could_not_be_enrolled()
    {
        Touch("Ada/1.jpg", "Ada/2.jpg");
        var frames = PhotographPlan.OfFolder(_folder).Frames(new Dictionary<string, string>());
        Assert.Equal(2, frames.Count);
        Assert.All(frames, frame => Assert.Null(frame.Expected));
    }

    [Fact]
    public void A_folder_without_photographs_says_what_was_wanted()
    {
        var error = Assert.Throws<Complaint>(() => PhotographPlan.OfFolder(_folder));
        Assert.Contains("<person>", error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named() =>
        Assert.Contains("nowhere", Assert.Throws<Complaint>(() => PhotographPlan.OfFolder(Path.Combine(_folder, "nowhere"))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_samples_are_nine_people_and_two_groups()
    {
        var paths = PhotographPlan.Samples.Select(sample => sample.Path).ToList();
        Assert.Equal(9, paths.Where(path => path.StartsWith("samples/people/", StringComparison.Ordinal)).Select(path => path.Split('/')[2]).Distinct().Count());
        Assert.Equal(2, paths.Count(path => path.StartsWith("samples/groups/", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Ada", null, true, "Ada")]
    [InlineData("Ada", null, true, "Grace", "Ada")] // somebody else beside them is no mistake: nobody said who else is there
    [InlineData("Ada", null, false, "Grace")]
    [InlineData("Ada", null, false, "?")]
    [InlineData("Ada", null, false)]
    [InlineData("Ada", 1, true, "Ada", "?")]
    [InlineData("Ada", 1, false, "Ada", "Grace")]
    [InlineData("Ada", 1, false, "Ada")]
    [InlineData("Ada", 1, false, "Ada", "?", "?")]
    [InlineData("Ada,Grace", 0, true, "Grace", "Ada")]
    [InlineData("Ada,Grace", 0, false, "Grace", "Grace")]
    [InlineData("Ada,Grace", 0, false, "Grace", "Ada", "Grace")]
    [InlineData("", 1, true, "?")]
    [InlineData("", 1, false, "Ada")]
    [InlineData("", 0, true)]
    public void An_expectation_is_met_by_the_right_faces_only(string names, int? strangers, bool met, params string[] faces) =>
        Assert.Equal(met, new Expectation(names.Split(',', StringSplitOptions.RemoveEmptyEntries), strangers).IsMet(AnswerOf(faces)));

    [Theory]
    [InlineData("Ada", "0.71", "Ada")]
    [InlineData("Ada, unknown", "0.71, 0.31", "Ada", "?")]
    [InlineData("Ada, 2 unknown", "0.71, <=0.31", "?", "Ada", "?")]
    [InlineData("A, B, C, D, 2 more", "0.71, 0.71, 0.71, 0.71", "A", "B", "C", "D", "E", "F")]
    [InlineData("No-Face", "")]
    public void A_row_says_who_is_there(string names, string similarities, params string[] faces)
    {
        Assert.Equal(names, DemoRow.NamesOf(AnswerOf(faces)));
        Assert.Equal(similarities, DemoRow.SimilaritiesOf(AnswerOf(faces)));
    }

    private static Answer AnswerOf(string[] names) => new()
    {
        RequestId = "1",
        Device = "d",
        Result = names.Length == 0 ? Results.NoFace : names[0],
        Faces =
        [
            .. names.Select(name => new AnswerFace
            {
                Box = [0, 0, 1, 1],
                Score = 1,
                Name = name == "?" ? null : name,
                Decision = name == "?" ? "unknown" : "known",
                Similarity = name == "?" ? 0.31f : 0.71f,
            }),
        ],
    };

    private void Touch(params string[] files)
    {
        foreach (var file in files.Select(file => Path.Combine(_folder, file)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, []);
        }
    }
}
