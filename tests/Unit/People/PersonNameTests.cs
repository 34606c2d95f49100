using Sightline.People;

namespace Sightline.Unit.People;

public sealed class PersonNameTests : GalleryFixture
{
    [Theory]
    [InlineData("Unknown")]
    [InlineData("unknown")]
    [InlineData(" NO-FACE ")]
    [InlineData("Bad-Image")]
    [InlineData("expired")]
    [InlineData("Failed")]
    public void A_word_of_the_result_is_nobodys_name(string word)
    {
        var refused = Assert.IsType<Refused>(Open().Enroll(word, Vector(0), Kept(), "test.jpg"));

        Assert.Contains("what an answer says", refused.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t ")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\u200Bb")] // zero width space
    [InlineData("\u202Eevil")] // right-to-left override
    [InlineData("018f3c5e-7a1b-7c3d-8e4f-5a6b7c8d9e0f")] // an id
    public void What_cannot_be_read_as_a_name_is_refused(string name) =>
        Assert.IsType<Refused>(Open().Enroll(name, Vector(0), Kept(), "test.jpg"));

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => // an attribute cannot hold one
        Assert.IsType<Refused>(Open().Enroll("a" + (char)0xD83D, Vector(0), Kept(), "test.jpg"));

    [Fact]
    public void A_name_of_100_characters_is_taken_and_one_more_is_not()
    {
        var gallery = Open();

        Assert.IsType<Enrolled>(gallery.Enroll(new string('x', 100), Vector(0), Kept(), "test.jpg"));
        var refused = Assert.IsType<Refused>(gallery.Enroll(new string('x', 101), Vector(1), Kept(), "test.jpg"));
        Assert.Contains("101", refused.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Ann", " ANN ")]
    [InlineData("José", "Jose\u0301")]
    [InlineData("ÉLODIE", "e\u0301lodie")]
    [InlineData("Жанна", "жанна")]
    [InlineData("Nguyễn", "Nguye\u0302\u0303n")]
    [InlineData("한국", "\u1112\u1161\u11AB\u1100\u116E\u11A8")]
    public void One_name_in_another_spelling_is_one_person(string name, string spelling)
    {
        var gallery = Open();
        Enroll(gallery, name, Vector(0));

        var second = Enroll(gallery, spelling, Vector(1));

        Assert.Equal((2, name), (second.Person.Photos, second.Person.Name));
        Assert.True(gallery.Remove(spelling, out var problem), problem);
    }

    [Theory]
    [InlineData("e\u0323\u0302", "\u1EC7")] // marks below and above, in order
    [InlineData("e\u0302\u0323", "\u1EC7")] // and not in order
    [InlineData("\u00EA\u0323", "\u1EC7")] // half composed
    [InlineData("q\u0307\u0323", "q\u0323\u0307")] // no such character: only sorted
    [InlineData("A\u030A\u0301", "\u01FA")]
    [InlineData("\u0301a", "\u0301a")] // a mark without a letter
    [InlineData("a\u0327\u0301", "\u00E1\u0327")] // cedilla does not join a, nor hinder the accent
    [InlineData("\u304B\u3099", "\u304C")] // kana
    [InlineData("\uAC00\u11A8", "\uAC01")] // a Hangul syllable gets its final
    [InlineData("plain", "plain")]
    [InlineData("😀e\u0301", "😀é")]
    public void Letters_and_marks_are_composed_as_unicode_says(string given, string expected) => Assert.Equal(expected, NameForm.Compose(given));

    [Fact]
    public void Joiners_that_belong_to_a_spelling_are_taken() => // Persian, zero-width non-joiner
        Assert.IsType<Enrolled>(Open().Enroll("می\u200Cخواهم", Vector(0), Kept(), "test.jpg"));
}
