using System.Text.Json;
using Sightline.App;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.Unit.App.Calibrating;

/// <summary>Through the command line, with vectors made up for people, and crops of noise for a cohort that the built-in weights embed.</summary>
public sealed class PeopleCalibrateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-calibrate-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_a_small_gallery_cannot_tell_is_refused_with_what_is_missing()
    {
        Enrol(("Ada", [1, 0, 0]), ("Ada", [.9f, .1f, 0]), ("Bob", [0, 1, 0]), ("Cem", [0, .2f, 1]));
        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "calibrate", "--model", "builtin"));
        Assert.Matches("strangers named +0 of 3, 0.00 % .*each enrolled person in turn left out", lines.Out);
        Assert.Matches("names missed +0 of 2, ", lines.Out);
        Assert.Matches("closest +Bob and Cem, similarity 0.20\n|closest +Cem and Bob, similarity 0.20\n", lines.Out);
        Assert.Contains("not to be told: it takes 300 searches for strangers (3/n), and the 3 people left out in turn tell as much as 1", lines.Out, StringComparison.Ordinal);
        Assert.Contains("299 more photographs, of as many people who are not enrolled, are wanted (--cohort FOLDER)", lines.Out, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Failed, await lines.RunAsync("people", "calibrate", "--model", "builtin", "--use"));
        Assert.Contains("nothing was stored", lines.Error, StringComparison.Ordinal);
        Assert.Equal(ThresholdSource.MeasuredOnSamples, Open().Threshold.Source);
    }

    [Fact]
    public async Task The_threshold_that_a_cohort_supports_is_stored_taken_and_forgotten()
    {
        Enrol(("Ada", [1, 0, 0]), ("Ada", [.9f, .1f, 0]), ("Bob", [0, 1, 0]));
        var cohort = Noise(300);
        var line = await CalibrateAsync("--cohort", cohort, "--use");
        Assert.Equal((300, 300, 0, "cohort", true), (Int(line, "searches"), Int(line, "searches_wanted"), Int(line, "photographs_missing"), line.GetProperty("by").GetString(), line.GetProperty("stored").GetBoolean()));
        var wanted = line.GetProperty("wanted_threshold").GetDouble();
        var passing = line.GetProperty("at_wanted_threshold").GetProperty("cohort_named");
        Assert.Equal((0, 300), (Int(passing, "count"), Int(passing, "of")));

        using (var gallery = Open())
        {
            Assert.Equal((ThresholdSource.Calibrated, wanted), (gallery.Threshold.Source, Math.Round(gallery.Threshold.Similarity, 4)));
            Assert.Contains("measured on this gallery of 2 people", gallery.Threshold.Because, StringComparison.Ordinal);
            Assert.Contains("0 of 300 people of cohort reach it, so with 95 % confidence no more than 1 in 100 gets a name", gallery.Threshold.Because, StringComparison.Ordinal);
            Assert.DoesNotContain("Ada", gallery.Threshold.Because, StringComparison.Ordinal);
            Assert.Equal(2, gallery.Count); // nobody of the cohort stays
        }
        Assert.Equal("calibrated", (await CalibrateAsync()).GetProperty("threshold_source").GetString());

        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "calibrate", "--model", "builtin", "--forget"));
        Assert.Contains("is 0.66 again", lines.Out, StringComparison.Ordinal);
        Assert.Equal("measured on samples", (await CalibrateAsync()).GetProperty("threshold_source").GetString());
    }

    [Fact]
    public async Task Who_is_enrolled_is_no_stranger_and_is_left_out_of_the_cohort()
    {
        Enrol(("Ada", [1, 0, 0]), ("Bob", [0, 1, 0]));
        var cohort = Noise(3);
        Directory.CreateDirectory(Path.Combine(cohort, "ADA"));
        File.Move(Path.Combine(cohort, "0.png"), Path.Combine(cohort, "ADA", "0.png"));
        File.WriteAllText(Path.Combine(cohort, "broken.jpg"), "no photograph");
        var line = await CalibrateAsync("--cohort", cohort);
        Assert.Equal((2, 1, 1), (Int(line.GetProperty("at_threshold").GetProperty("cohort_named"), "of"), Int(line, "cohort_enrolled"), line.GetProperty("cohort_unreadable").GetArrayLength()));
    }

    [Fact]
    public async Task Whom_the_model_cannot_know_is_named()
    {
        Enrol(("Ada", [1, 0, 0]), ("Bob", [0, 1, 0]));
        using (var other = Gallery.Open(GalleryFile, FaceModel.FaceNet, TimeProvider.System)) other.Enroll("Zoë", new float[512].Select((_, i) => i + 1f).ToArray(), null, "test");
        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "calibrate", "--model", "builtin"));
        Assert.Contains("1 person whom this model cannot know: Zoë", lines.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, await lines.RunAsync("people", "calibrate", "--model", "mobilefacenet"));
        Assert.Contains("there is nobody whom mobilefacenet knows", lines.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gallery_that_has_grown_by_more_than_a_quarter_is_to_be_calibrated_again()
    {
        Enrol(("p0", [1, 0, 0]), ("p1", [0, 1, 0]), ("p2", [0, 0, 1]), ("p3", [1, 1, 0]));
        using (var gallery = Open()) gallery.Calibrate(.5f, "a test");
        Enrol(("p4", [1, 0, 1]));
        Assert.DoesNotContain("makes it again", await ListAsync(), StringComparison.Ordinal);
        Enrol(("p5", [0, 1, 1]));
        Assert.Contains("was calibrated for 4 people and there are 6 now", await ListAsync(), StringComparison.Ordinal);

        async Task<string> ListAsync()
        {
            using (var gallery = Open()) gallery.UseModel();
            var lines = Lines();
            Assert.Equal(ExitCode.Fine, await lines.RunAsync("people", "list"));
            return lines.Error;
        }
    }

    [Fact]
    public async Task Storing_and_forgetting_at_once_makes_no_sense() =>
        Assert.Equal(ExitCode.Usage, await Lines().RunAsync("people", "calibrate", "--use", "--forget"));

    private string GalleryFile => Path.Combine(_folder, "gallery.db");

    private Lines Lines() => new(("SIGHTLINE_GALLERY", GalleryFile), ("SIGHTLINE_ASSETS", _folder), ("XDG_CACHE_HOME", _folder));

    private Gallery Open() => Gallery.Open(GalleryFile, FaceModel.Builtin, TimeProvider.System);

    private void Enrol(params (string Name, float[] Start)[] people)
    {
        using var gallery = Open();
        Assert.True(gallery.EnrollVectors([.. people.Select(person => (person.Name, (float[])[.. person.Start, .. new float[125]]))], "test").IsDone);
    }

    private async Task<JsonElement> CalibrateAsync(params string[] args)
    {
        var lines = Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync(["people", "calibrate", "--model", "builtin", "--json", .. args]));
        return JsonDocument.Parse(lines.Out).RootElement;
    }

    private static int Int(JsonElement element, string key) => element.GetProperty(key).GetInt32();

    /// <summary>So many pictures of exactly a crop's size.</summary>
    private string Noise(int count)
    {
        var cohort = Directory.CreateDirectory(Path.Combine(_folder, "cohort")).FullName;
        var random = new Random(3);
        for (var i = 0; i < count; i++)
        {
            var pixels = new byte[112 * 112 * 3];
            random.NextBytes(pixels);
            File.WriteAllBytes(Path.Combine(cohort, $"{i}.png"), ImageCodec.EncodePng(new Picture(112, 112, pixels)));
        }
        return cohort;
    }
}
