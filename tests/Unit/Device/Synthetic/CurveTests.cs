using Sightline.Device.Synthetic;

namespace Sightline.Unit.Device.Synthetic;

public sealed class CurveTests
{
    [Fact]
    public void The_polynomial_sine_is_the_library_sine()
    {
        for (var x = -20f; x < 20; x += .01f)
        {
            Assert.Equal(MathF.Sin(x), Smooth.Sin(x), 2e-5f);
            Assert.Equal(MathF.Cos(x), Smooth.Cos(x), 2e-5f);
        }
    }

    [Theory]
    [InlineData(.4375f)]
    [InlineData(2.25f)]
    [InlineData(3.5f)]
    public void Powers_by_square_roots_are_the_library_powers(float power)
    {
        for (var x = 0f; x <= 1; x += .01f) Assert.Equal(MathF.Pow(x, power), Smooth.Power(x, power), 1e-5f);
    }

    [Fact]
    public void A_ring_through_a_height_has_that_height()
    {
        var head = new HeadShape(Traits.Roll(5));
        for (var turn = -3f; turn < 3; turn += .25f)
            for (var y = -.6f; y < .95f; y += .1f)
                Assert.Equal(y, head.At(turn, head.RingAt(turn, y)).Y, 2e-3f);
    }

    [Fact]
    public void Dice_roll_what_the_paper_says()
    {
        // The first outputs of SplitMix64 from state 1234567, as its authors' reference program prints them.
        var dice = new Dice(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [dice.Next(), dice.Next(), dice.Next()]);
    }

    [Fact]
    public void A_seed_is_a_person_for_ever()
    {
        var person = SyntheticPerson.FromSeed(7);
        Assert.Equal("synthetic-0007", person.Name);
        Assert.Equal(Traits.Roll(7), person.Traits);
        Assert.NotEqual(Traits.Roll(8).Eyes, person.Traits.Eyes);
    }
}
