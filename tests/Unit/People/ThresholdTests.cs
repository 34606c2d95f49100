using Sightline.Faces;
using Sightline.People;

namespace Sightline.Unit.People;

/// <summary>Who decides from when on somebody is known.</summary>
public sealed class ThresholdTests : GalleryFixture
{
    private static readonly Threshold Wanting = new(0.5f, 0.2f, ThresholdSource.MeasuredOnSamples, "a test");

    [Theory]
    [InlineData(0.7f, null, true)]
    [InlineData(0.7f, 0.3f, true)]
    [InlineData(0.7f, 0.2f, true)] // exactly is enough
    [InlineData(0.7f, 0.19f, false)]
    [InlineData(0.5f, 0.3f, true)]
    [InlineData(0.49f, 0.3f, false)]
    [InlineData(0.49f, null, false)]
    public void Somebody_is_known_who_is_similar_enough_and_far_enough_before_the_next(float similarity, float? margin, bool known) =>
        Assert.Equal(known, Wanting.Admits(similarity, margin));

    [Fact]
    public void Between_two_people_who_are_as_near_nobody_is_named()
    {
        var gallery = Open(Model with { Threshold = Wanting });
        Enroll(gallery, "Ann", Vector(0));
        Enroll(gallery, "Bob", Vector(0, towards: 1, lean: 0.2f));

        var match = gallery.Match(Vector(0));

        Assert.Equal((null, null, "unknown"), (match.PersonId, match.Name, match.Decision));
        Assert.Equal(["Ann", "Bob"], match.Nearest.Select(candidate => candidate.Name));
        Assert.Equal(1, match.Similarity!.Value, 1e-5f);
        Assert.Equal(match.Nearest[0].Similarity - match.Nearest[1].Similarity, match.Margin);
    }

    [Fact]
    public void At_most_five_people_are_told_the_nearest_first()
    {
        var gallery = Open();
        for (var i = 0; i < 7; i++) Enroll(gallery, $"Person {i}", Vector(7, i, (i * 3 % 7 + 1) * 0.1f)); // axis 7 and less and less of it

        var nearest = gallery.Match(Vector(7)).Nearest;

        Assert.Equal(5, nearest.Count);
        Assert.Equal(nearest.OrderByDescending(candidate => candidate.Similarity), nearest);
        Assert.Equal("Person 0", nearest[0].Name); // leans least
        Assert.DoesNotContain(nearest, candidate => candidate.Name is "Person 2"); // 2 * 3 % 7 = 6: leans most
    }

    [Fact]
    public void A_calibrated_threshold_is_taken_in_place_of_the_models_and_forgotten_again()
    {
        var gallery = Open();
        Enroll(gallery, "Ann", Vector(0));
        var probe = Vector(0, towards: 1, lean: 0.5f); // a cosine of 0.894
        Assert.Equal(("measured on samples", true), (gallery.Threshold.SourceName, gallery.Match(probe).Known));

        gallery.Calibrate(0.95f, "300 strangers");

        Assert.Equal(new Threshold(0.95f, 0, ThresholdSource.Calibrated, "300 strangers"), gallery.Match(probe).Threshold);
        Assert.False(gallery.Match(probe).Known);
        Assert.Equal((1, Time.GetUtcNow()), (gallery.Calibration!.People, gallery.Calibration.MadeAt));
        Assert.True(gallery.ForgetCalibration());
        Assert.False(gallery.ForgetCalibration());
        Assert.True(gallery.Match(probe).Known);
        Assert.Null(gallery.Calibration);
    }

    [Fact]
    public void Another_process_takes_the_calibrated_threshold_within_a_second_and_another_model_never()
    {
        var (here, there, other) = (Open(), Open(), Open(Model with { Name = "another" }));

        here.Calibrate(0.9f, "300 strangers");
        ASecondPasses();

        Assert.Equal(0.9f, there.Threshold.Similarity);
        Assert.Equal(Model.Threshold, other.Threshold);
        Assert.Equal(0.9f, Open().Threshold.Similarity);
    }

    [Fact]
    public void What_the_user_said_counts_more_than_what_was_calibrated()
    {
        using (var gallery = Open()) gallery.Calibrate(0.9f, "300 strangers");
        var given = Model.Threshold with { Similarity = 0.3f, Source = ThresholdSource.Given };

        Assert.Equal(given, Open(Model with { Threshold = given }).Threshold);
    }

    [Fact]
    public void A_gallery_remembers_which_model_is_used_with_it()
    {
        Assert.Null(Gallery.ModelNameIn(GalleryPath));
        Assert.False(File.Exists(GalleryPath)); // asking makes none
        var gallery = Open();
        Assert.Null(Gallery.ModelNameIn(GalleryPath));

        gallery.UseModel();

        Assert.Equal("invented", Gallery.ModelNameIn(GalleryPath));
    }

    [Fact]
    public void Somebody_can_be_enrolled_by_a_vector_alone()
    {
        var gallery = Open();

        var ann = Assert.IsType<Enrolled>(gallery.Enroll("Ann", Vector(0), null, "data.pt")).Person;

        Assert.Equal((1, 1), (ann.Photos, gallery.PhotosWithoutPicture()));
        Assert.Equal("Ann", gallery.Match(Vector(0)).Name);
        Assert.Empty(gallery.Kept(ann.Id));
    }
}
