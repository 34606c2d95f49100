using System.Text.Json;
using Sightline.Faces;
using Sightline.Unit.House;

namespace Sightline.Unit.Faces;

/// <summary>The weights in the assembly are those whose making is on record.</summary>
public sealed class BuiltinTests
{
    private const int MostBytes = 4_000_000;

    private static IReadOnlyList<Weights> All { get; } = [.. DetectorModel.Builtin.Files, FaceModel.Builtin.Weights];

    [Fact]
    public void The_record_of_the_training_is_about_these_weights()
    {
        using var record = JsonDocument.Parse(Repository.Read("src/Faces/Builtin/record.json"));
        foreach (var weights in All)
        {
            var section = record.RootElement.GetProperty(Path.GetFileNameWithoutExtension(weights.Name));
            Assert.Equal(weights.Sha256, section.GetProperty("sha256").GetString());
            Assert.True(section.GetProperty("steps").GetInt32() > 1000, weights.Name);
        }
        Assert.False(record.RootElement.GetProperty("published_weights_or_photographs_used").GetBoolean());
    }

    [Fact]
    public void They_are_small_and_need_no_file()
    {
        var bytes = All.Sum(weights => weights.Read(new AssetStore([])).Length);
        Assert.InRange(bytes, 1_000_000, MostBytes);
        Assert.All(All, weights => Assert.Null(weights.Asset));
    }

    [Fact]
    public void No_vector_of_theirs_can_be_taken_for_one_of_another_model() =>
        Assert.StartsWith($"builtin-{FaceModel.Builtin.Weights.Sha256[..8]}-p", FaceModel.Builtin.Id, StringComparison.Ordinal);
}
