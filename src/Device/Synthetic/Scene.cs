using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>One person's part in a frame.</summary>
internal readonly record struct Role(ulong Person, bool Stranger, Stance Stance, Expression Expression, Outfit Outfit, bool Occluded, ulong Chance);

/// <summary>Everything about a frame before it is drawn, from its number alone.</summary>
internal sealed record Scene(IReadOnlyList<Role> Roles, Light Light, Lens Lens, int JpegQuality, ulong Chance, bool Blurred)
{
    public static Scene Plan(SyntheticOptions options, Pinhole pinhole, long number, int device = 0)
    {
        // The upper half: seeds that people type are small numbers, so that device 1 of one seed is no device of another.
        options = options with { Seed = options.Seed + ((ulong)device << 32) };
        var dice = Dice.For(options.Seed, 100, (ulong)number);
        var count = dice.Chance(options.EmptyRate) ? 0 : options.FewestFaces + dice.Below(options.MostFaces - options.FewestFaces + 1);
        var roles = new List<Role>();
        for (var slot = 0; slot < count; slot++)
        {
            var (person, stranger) = Who(options, number, slot, count, ref dice);
            if (roles.Exists(r => r.Person == person)) continue;
            roles.Add(Cast(options, pinhole, person, stranger, slot, count, ref dice));
        }
        roles.Sort((a, b) => a.Stance.At.Z.CompareTo(b.Stance.At.Z));
        var light = RollLight(options.LightChange, ref dice);
        var blurred = dice.Chance(options.BlurRate);
        float warm = .10f * options.LightChange * dice.Signed(), blur = blurred ? dice.Between(4, 7) : dice.Chance(.25f) ? dice.Between(0, .9f) : 0;
        var lens = new Lens(1 + (.22f * options.LightChange * dice.Signed()), new(1 + warm, 1, 1 - warm), blur, dice.Between(.6f, 3));
        return new(roles, light, lens, 72 + dice.Below(24), dice.Next(), blurred);
    }

    /// <summary>In turn, so that everybody comes equally often; the order is shuffled anew in every round.</summary>
    private static (ulong Person, bool Stranger) Who(SyntheticOptions options, long number, int slot, int count, ref Dice dice)
    {
        var all = options.People + options.Strangers;
        var place = (int)(((number * Math.Max(options.MostFaces, count)) + slot) % all);
        var round = ((number * Math.Max(options.MostFaces, count)) + slot) / all;
        var shuffle = Dice.For(options.Seed, 101, (ulong)round);
        // An affine step coprime to the number of people visits each once.
        int step = 1 + shuffle.Below(all), first = shuffle.Below(all);
        while (Divisor(step, all) != 1) step = (step % all) + 1;
        var who = (int)((first + ((long)step * place)) % all);
        return who < options.People ? (options.FirstPerson + (ulong)who, false) : (options.FirstStranger + (ulong)(who - options.People), true);
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);

    private static Role Cast(SyntheticOptions options, Pinhole pinhole, ulong person, bool stranger, int slot, int count, ref Dice dice)
    {
        var chin = Traits.Roll(person).ChinY;
        var room = options.Width / (float)count;
        var size = MathF.Min(dice.Between(options.SmallestFace, options.LargestFace), room * .95f);
        var scale = size / (Head.BoxTop - chin + Head.BoxChin);
        // The whole face stays in the frame, hair may not.
        float x = (room * slot) + Between(dice.Unit(), size * .55f, room - (size * .55f));
        // Nobody has legs: who is far away stands low in the frame.
        var highest = MathF.Max((Head.BoxTop * 1.15f * scale) + 2, options.Height - (8 * scale));
        float y = Between(dice.Unit(), highest, options.Height - (1.15f * -chin * scale) - 2);
        var at = new Vector3((x - pinhole.MiddleX) / scale, (pinhole.MiddleY - y) / scale, (-pinhole.Focal / scale) - Stance.FaceDepth);
        var turn = options.Turn * (MathF.PI / 180);
        var stance = new Stance(at, turn * dice.Signed(), turn * .5f * dice.Signed(), turn * .5f * dice.Signed());
        return new(person, stranger, stance, Act(options.Liveliness, ref dice), Outfit.Roll(new Dice(dice.Next())), dice.Chance(options.OcclusionRate), dice.Next());
    }

    private static float Between(float unit, float low, float high) => low >= high ? (low + high) / 2 : Lerp(low, high, unit);

    private static Expression Act(float liveliness, ref Dice dice)
    {
        float mood = dice.Unit(), amount = dice.Unit(), talk = dice.Unit(), brows = dice.Bell(), lids = dice.Unit();
        return new(
            liveliness * (mood < .45f ? .75f * amount : mood < .6f ? -.3f * amount : .1f * amount), liveliness * (talk < .25f ? talk * 2.4f : 0), liveliness * .7f * brows,
            liveliness * (lids < .03f ? .85f : .22f * dice.Unit()), liveliness * .28f * dice.Bell(), liveliness * .12f * dice.Bell());
    }

    private static Light RollLight(float change, ref Dice dice)
    {
        float azimuth = change * .7f * dice.Signed(), height = .5f + (change * .4f * dice.Signed()), ambient = .40f + (.14f * change * dice.Signed());
        float warm = change * .12f * dice.Signed(), key = .78f + (change * .25f * dice.Signed());
        var towards = Vector3.Normalize(new(Sin(azimuth) * Cos(height), Sin(height), Cos(azimuth) * Cos(height)));
        var lamp = new Vector3(1 + warm, 1, 1 - warm) * key;
        var sky = new Vector3(1 - (.5f * warm), 1, 1 + (.5f * warm)) * ambient;
        return new(towards, lamp, sky, sky * dice.Between(.4f, .8f) * new Vector3(1.05f, 1, .92f));
    }
}
