using Sightline.Faces;
using Sightline.Faces.Checkpoints;
using Sightline.Faces.Detection;
using Sightline.Train.Data;
using Sightline.Train.Export;
using Sightline.Train.Kit;
using Sightline.Train.Networks;
using Sightline.Train.Reports;

namespace Sightline.Train.Recipes;

/// <summary>The stages of training in their order. Each needs what the ones before wrote, goes on from its own checkpoint, and does nothing where that is complete.</summary>
internal sealed class Course(WorkFolder work)
{
    private readonly TrainingRecord _record = new(work);
    private readonly Lazy<IReadOnlyList<TrainingScene>> _scenes = new(() => SceneSet.Training.Load(work, work.DataPart));
    private readonly Lazy<IReadOnlyList<TrainingScene>> _held = new(() => SceneSet.Held.Load(work));

    // The size of the smallest face that the detector is asked for in use, and the smallest of all.
    private const int UsualFace = 40, SmallestFace = 20;

    public void Scenes()
    {
        _record.Set("scenes", new { training = _scenes.Value.Count, held_out = _held.Value.Count, width = SceneSet.Width, height = SceneSet.Height });
    }

    public void PNet()
    {
        Train(DetectorRecipe.P, MinedCrops.None);
        Report("pnet_held_out", DetectorScore.OfCandidates(Detector(), _held.Value, SmallestFace, refined: false, work.Threads));
    }

    public void RNet()
    {
        Train(DetectorRecipe.R, Mined(refined: false));
        Report("rnet_held_out", DetectorScore.OfCandidates(Detector(), _held.Value, SmallestFace, refined: true, work.Threads));
    }

    public void ONet()
    {
        Train(DetectorRecipe.O, Mined(refined: true));
        Report("detector_held_out_20", DetectorScore.Of(Detector(), _held.Value, SmallestFace, work.Threads));
        Report("detector_held_out_40", DetectorScore.Of(Detector(), _held.Value, UsualFace, work.Threads));
    }

    public void Embedder()
    {
        var crops = FaceCropSet.Training.Load(work, work.DataPart);
        var trained = EmbedderRecipe.Run(work, crops);
        var model = EmbeddingExport.Write(trained.Parameters);
        using var exported = new ExportedEmbedder(model);
        var agreement = exported.Verify(trained.Parameters);
        File.WriteAllBytes(work.PathOf("embedder.onnx"), model);
        _record.Set("embedder", new
        {
            work.Length,
            crops = crops.Count,
            trained.Steps,
            trained.Samples,
            trained.Seconds,
            last_report = trained.LastReport,
            bytes = model.Length,
            sha256 = TrainingRecord.Hash(model),
            agreement_with_export = agreement,
        });
        Report("embedder_held_out", EmbeddingScore.OfPeople(FaceCropSet.Held.Load(work), exported.Embed));
    }

    private void Train(DetectorRecipe recipe, MinedCrops mined)
    {
        var trained = recipe.Run(work, _scenes.Value, mined);
        var weights = DetectionExport.Write(recipe.Net, trained.Parameters);
        File.WriteAllBytes(WeightsOf(recipe.Net), weights);
        _record.Set(recipe.Net.Name, new
        {
            work.Length,
            scenes = _scenes.Value.Count,
            mined = new { positives = mined.Positives.Count, parts = mined.Parts.Count, negatives = mined.Negatives.Count },
            trained.Steps,
            trained.Samples,
            trained.Seconds,
            last_report = trained.LastReport,
            bytes = weights.Length,
            sha256 = TrainingRecord.Hash(weights),
        });
    }

    private MinedCrops Mined(bool refined)
    {
        var mined = Mining.Run(Detector(), _scenes.Value, refined, work.Threads);
        work.Report($"mined {mined.Positives.Count} faces, {mined.Parts.Count} parts and {mined.Negatives.Count} that are none");
        return mined;
    }

    /// <summary>The detector with what is trained so far; the rest is as chance made it, and not run.</summary>
    private Mtcnn Detector()
    {
        StateDictionary Of(DetectionNet net)
        {
            var file = WeightsOf(net);
            if (File.Exists(file)) return StateDictionary.Read(file, File.ReadAllBytes(file));
            var untrained = new ParameterSet(work.Seed);
            net.Build(untrained);
            return StateDictionary.Read(net.Name, DetectionExport.Write(net, untrained));
        }
        return Mtcnn.From(Of(DetectionNet.P), Of(DetectionNet.R), Of(DetectionNet.O), Lanes.Widest);
    }

    private string WeightsOf(DetectionNet net) => work.PathOf($"{net.Name}.pt");

    private void Report(string section, object values)
    {
        _record.Set(section, values);
        work.Report($"{section}: {values}");
    }
}
