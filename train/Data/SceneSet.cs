using Sightline.Device.Synthetic;
using Sightline.Train.Kit;

namespace Sightline.Train.Data;

/// <summary>The scenes that the detection networks learn from, or are measured on: rendered once into shards.</summary>
internal sealed record SceneSet(string Name, ulong FirstPerson, int ShardCount)
{
    /// <summary>Part of the files' names: raised whenever the same seed would give other scenes.</summary>
    private const string Version = "v1";

    public const int PerShard = 250, Width = 320, Height = 240;

    // People live for one shard: eight megabytes each, twelve appearances or so.
    private const int PeoplePerShard = 40;

    /// <summary>A third of the scenes show nobody: where false faces come from.</summary>
    private const float Empty = 0.33f;

    /// <summary>No person of the demo's, the tests' or the held-out sets is in it: those begin at 0, 1 million and 500 million.</summary>
    public static SceneSet Training { get; } = new("train", 2_000_000_000, 48);

    /// <summary>Held-out people and scenes; their seeds begin where no training set reaches.</summary>
    public static SceneSet Held { get; } = new("held", 500_000_000, 2);

    /// <param name="work">Where the shards lie.</param>
    /// <param name="part">Of the shards, above 0 to 1.</param>
    public IReadOnlyList<TrainingScene> Load(WorkFolder work, double part = 1)
    {
        var count = Math.Max(1, (int)(ShardCount * part));
        var shards = new Shards(work.Cache, $"scenes-{Name}-{Version}-seed{work.Seed}");
        shards.Make(count, work, (number, writer) => Render(work.Seed, number, writer));
        return shards.Read(count, work.Threads, TrainingScene.Read);
    }

    private void Render(ulong seed, int shard, BinaryWriter writer)
    {
        var actors = new Actor[PeoplePerShard];
        for (var i = 0; i < actors.Length; i++) actors[i] = Actor.From(Traits.Roll(FirstPerson + ((ulong)shard * PeoplePerShard) + (ulong)i));
        var stage = new Stage();
        for (var i = 0; i < PerShard; i++)
        {
            var chance = Chance.For(seed, $"scene of {Name}", ((ulong)shard * PerShard) + (ulong)i);
            var people = chance.Is(Empty) ? 0 : 1 + chance.Below(5);
            stage.Crowd(actors, Width, Height, people, ref chance).Write(writer, 50 + chance.Below(48));
        }
    }
}
