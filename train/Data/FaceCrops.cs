using Sightline.Device.Synthetic;
using Sightline.Faces;
using Sightline.Train.Kit;

namespace Sightline.Train.Data;

/// <summary>An aligned face, with a margin around what the embedder sees; kept compressed, since all of them are in memory.</summary>
/// <param name="Person">Number within its set, from 0.</param>
/// <param name="Jpeg">Of <see cref="FaceCropSet.Side"/> pixels a side.</param>
internal sealed record FaceCrop(int Person, byte[] Jpeg);

/// <summary>
/// The faces that the embedder learns from, or is measured on. A person comes in several looks: the geometry of the face stays,
/// hair, beard, glasses and the skin's colour do not, so that the network has to look at what makes a face on a photograph, too.
/// </summary>
/// <param name="Name">Part of the files' names and of the seed.</param>
/// <param name="FirstPerson">Seed of the first person.</param>
/// <param name="ShardCount">Of <see cref="PeoplePerShard"/> people each.</param>
/// <param name="OtherLooks">Looks beside a person's own.</param>
/// <param name="Frames">Of each look; a person's own look gets twice as many.</param>
internal sealed record FaceCropSet(string Name, ulong FirstPerson, int ShardCount, int OtherLooks, int Frames)
{
    /// <summary>Part of the files' names: raised whenever the same seed would give other crops.</summary>
    private const string Version = "v1";

    public const int PeoplePerShard = 40;

    /// <summary>Pixels around the 112 that are seen, to turn and shift a crop without running out of picture.</summary>
    public const int Margin = 8;

    public const int Side = 112 + (2 * Margin);

    // At this size a face's eyes lie as far apart as in a crop, so that aligning neither blurs nor aliases much.
    private const int StageSide = 176;

    public int People => ShardCount * PeoplePerShard;

    public static FaceCropSet Training { get; } = new("train", 1_000_000_000, 125, 2, 7);

    /// <summary>People whose seeds no training set reaches, each in one look, as the demo shows them.</summary>
    public static FaceCropSet Held { get; } = new("held", 600_000_000, 5, 0, 5);

    /// <param name="work">Where the shards lie.</param>
    /// <param name="part">Of the shards, above 0 to 1.</param>
    public IReadOnlyList<FaceCrop> Load(WorkFolder work, double part = 1)
    {
        var shards = Math.Max(1, (int)(ShardCount * part));
        var files = new Shards(work.Cache, $"faces-{Name}-{Version}-seed{work.Seed}");
        files.Make(shards, work, (number, writer) => Render(work.Seed, number, writer));
        return files.Read(shards, work.Threads, reader => new FaceCrop(reader.ReadInt32(), reader.ReadBytes(reader.ReadInt32())));
    }

    private void Render(ulong seed, int shard, BinaryWriter writer)
    {
        var stage = new Stage();
        for (var i = 0; i < PeoplePerShard; i++)
        {
            var person = (shard * PeoplePerShard) + i;
            var chance = Chance.For(seed, $"face of {Name}", (ulong)person);
            var own = Traits.Roll(FirstPerson + (ulong)person);
            for (var look = 0; look <= OtherLooks; look++)
            {
                var actor = Actor.From(look == 0 ? own : Restyled(own, ref chance));
                for (var frame = 0; frame < (look == 0 ? 2 : 1) * Frames; frame++) Write(stage, actor, person, writer, ref chance);
            }
        }
    }

    private static void Write(Stage stage, Actor actor, int person, BinaryWriter writer, ref Chance chance)
    {
        const float degrees = MathF.PI / 180;
        var turn = (chance.Is(0.8f) ? 28 : 50) * degrees;
        var scene = stage.CloseUp(actor, StageSide, turn, ref chance);
        var jpeg = ImageCodec.EncodeJpeg(Aligned(scene.Picture, scene.Faces[0].Landmarks, Side, Margin), 60 + chance.Below(38));
        writer.Write(person);
        writer.Write(jpeg.Length);
        writer.Write(jpeg);
    }

    /// <summary>The same head on another day, in another year, before another camera.</summary>
    private static Traits Restyled(Traits own, ref Chance chance)
    {
        var other = Traits.Roll(chance.Next() >> 1);
        return own with
        {
            Hair = other.Hair,
            Beard = other.Nature.Masculine == own.Nature.Masculine ? other.Beard : own.Beard,
            Glasses = other.Glasses,
            Skin = own.Skin with { Tone = System.Numerics.Vector3.Lerp(own.Skin.Tone, other.Skin.Tone, chance.Between(0, 0.35f)) },
        };
    }

    /// <summary>A crop as <see cref="FivePointWarp"/> makes it, but with a margin all around.</summary>
    private static Picture Aligned(Picture picture, Landmarks landmarks, int side, int margin)
    {
        var back = FivePointWarp.To112.Fit(landmarks).Inverted();
        var pixels = new byte[side * side * Picture.Channels];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
                Bilinear(picture, (float)back.X(x - margin, y - margin), (float)back.Y(x - margin, y - margin), pixels.AsSpan(((y * side) + x) * 3, 3));
        }
        return new(side, side, pixels);
    }

    private static void Bilinear(Picture picture, float x, float y, Span<byte> pixel)
    {
        if (!(x >= 0 && y >= 0 && x < picture.Width - 1 && y < picture.Height - 1)) return;
        var (left, top) = ((int)x, (int)y);
        var (u, v) = (x - left, y - top);
        var upper = picture.Row(top)[(left * 3)..];
        var lower = picture.Row(top + 1)[(left * 3)..];
        for (var c = 0; c < 3; c++)
        {
            var above = upper[c] + (u * (upper[c + 3] - upper[c]));
            var below = lower[c] + (u * (lower[c + 3] - lower[c]));
            pixel[c] = (byte)(above + (v * (below - above)) + 0.5f);
        }
    }
}
