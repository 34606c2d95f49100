using System.Security.Cryptography;
using Sightline.Faces;
using Sightline.Faces.FaceNet;
using Sightline.Tests;

namespace Sightline.Pipeline.Recognizer;

/// <summary>The whole path with FaceNet, on weights by formula: they know nobody, but everything around them is as with the published ones.</summary>
public sealed class FaceNetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_core_cuts_the_box_and_the_recognizer_embeds_it_with_the_imported_graph()
    {
        var content = FaceNetCheckpoint.ByFormula();
        var asset = new Asset("assets/facenet.pt", new("https://example.org/facenet.pt"), content.Length, Convert.ToHexStringLower(SHA256.HashData(content)), "", "by formula", "facenet");
        var file = Path.Combine(_folder, asset.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, content, TestContext.Current.CancellationToken);
        GraphImport.Import(file);
        var model = FaceModel.FaceNet with { Weights = Weights.Imported(asset) };

        await using var rig = await Rig.StartAsync(recognizer: false, models: new(DetectorModel.Builtin, model), assets: new AssetStore([_folder]));
        rig.Enroll(("Person One", Cast.Portrait(0)));
        await rig.StartRecognizerAsync();
        var device = await rig.ConnectAsync();

        await device.SendAsync("7", Cast.Portrait(0));

        var answer = await device.AnswerAsync();
        Assert.Equal((model.Id, "Person One"), (answer.Model, answer.Result));
        // The same photograph: between the two lie the crop's compression and a search for faces from 40 pixels instead of 20. 0.9987 is what was seen.
        Assert.InRange(answer.Faces[0].Similarity!.Value, 0.99f, 1.001f);
    }
}
