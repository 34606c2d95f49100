using System.Text.Json;
using Sightline.Faces.Checkpoints;
using Sightline.Tests;

namespace Sightline.Golden.Faces;

public sealed class CheckpointEquality
{
    [Theory]
    [InlineData("legacy.pt")]
    [InlineData("nested_legacy.pt")]
    [InlineData("zip.pt")]
    public void Every_tensor_is_read_exactly(string file)
    {
        using var golden = JsonDocument.Parse(Shared.Read("golden/checkpoints/expected.json"));

        var got = StateDictionary.Read(file, Shared.Read($"golden/checkpoints/{file}")).Tensors;

        Assert.Equal(golden.RootElement.EnumerateObject().Select(entry => entry.Name), got.Keys);
        foreach (var entry in golden.RootElement.EnumerateObject())
        {
            var tensor = got[entry.Name];
            Assert.Equal(entry.Value.GetProperty("dtype").GetString(), tensor.Type);
            Assert.Equal(entry.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt32()), tensor.Shape);
            var values = entry.Value.GetProperty("values").EnumerateArray().Select(v => v.GetDouble());
            Assert.Equal(values, tensor.Type == "int64" ? tensor.Integers().Select(v => (double)v) : tensor.Floats().Select(v => (double)v));
        }
    }
}
