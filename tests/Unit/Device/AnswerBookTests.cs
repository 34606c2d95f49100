using Sightline.Device;
using Sightline.Wire;

namespace Sightline.Unit.Device;

public sealed class AnswerBookTests
{
    private readonly AnswerBook _book = new();

    [Fact]
    public async Task An_answer_finds_its_frame_by_request_id()
    {
        var one = _book.Expect("1");
        var two = _book.Expect("2");

        Assert.Equal(Matched.Answered, _book.Take(AnswerTo("2")));

        Assert.Equal("2", (await two).RequestId);
        Assert.False(one.IsCompleted);
    }

    [Fact]
    public void A_second_answer_to_the_same_frame_is_a_duplicate()
    {
        _book.Expect("1");
        _book.Take(AnswerTo("1"));
        Assert.Equal(Matched.Duplicate, _book.Take(AnswerTo("1")));
    }

    [Fact]
    public void An_answer_to_a_frame_that_was_given_up_or_never_sent_is_a_stray()
    {
        _book.Expect("1");
        Assert.True(_book.GiveUp("1"));
        Assert.Equal(Matched.Stray, _book.Take(AnswerTo("1")));
        Assert.Equal(Matched.Stray, _book.Take(AnswerTo("2")));
    }

    [Fact]
    public void A_frame_that_has_its_answer_cannot_be_given_up()
    {
        _book.Expect("1");
        _book.Take(AnswerTo("1"));
        Assert.False(_book.GiveUp("1"));
    }

    private static Answer AnswerTo(string id) => new() { Device = "a", RequestId = id, Result = Results.Unknown };
}
