using Sightline.Faces;
using Sightline.Faces.FaceNet;
using Sightline.People;

namespace Sightline.App.Verbs;

/// <summary><c>sightline people import</c>: people whom somebody enrolled with facenet-pytorch.</summary>
internal static class PeopleImport
{
    // Two kilobytes a photograph: room for more than the reader takes in one file.
    private const long LargestFile = 128 * 1024 * 1024;

    // As many as a person reads; --json has all.
    private const int MostOnTerminal = 20;

    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "import", "Take over a gallery of facenet-pytorch: the data.pt that torch.save([embedding_list, name_list], 'data.pt') writes, all of it or nothing",
            "sightline people import data.pt", "sightline people import data.pt --model facenet-vggface2 --json");
        var file = verb.Word("FILE", "Embeddings and names that belong together by their place, in either of PyTorch's containers; nothing in it is ever executed");
        var gallery = GalleryOption.On(verb);
        var model = verb.Choice("--model", FaceModel.FaceNet.Name, "Whose vectors they are; the file does not say. Its weights are not needed for this", [.. FaceModel.Names]);
        var skip = verb.Switch("--skip-wrong", "Leave out what cannot be imported, and name it; else nothing is imported where anything is wrong");
        var json = verb.Switch("--json", "One JSON object: file, model, embeddings, imported, photos, already, new_people, wrong (place, name, reason)");
        verb.SetAction(parsed =>
        {
            _ = FaceModel.TryGet(parsed.GetValue(model)!, out var chosen);
            return Run(cli, parsed.GetValue(file)!, parsed.GetValue(gallery)!, chosen!, parsed.GetValue(skip), parsed.GetValue(json));
        });
        return verb;
    }

    private static int Run(Cli cli, string file, string galleryFile, FaceModel model, bool skip, bool json)
    {
        var all = Read(file, model.Dimensions);
        using var gallery = GalleryOption.Open(cli, galleryFile, model);
        var check = gallery.CheckVectors([.. all.Select(entry => (entry.Name, entry.Values))]);
        List<WrongEntry> wrong = [.. all.Zip(check.Problems, (entry, problem) => new WrongEntry(entry.Place, entry.Name, entry.Problem ?? problem ?? "")).Where(entry => entry.Reason.Length > 0)];
        List<(string Name, float[] Values)> fine = [.. all.Zip(check.Problems).Where(pair => (pair.First.Problem ?? pair.Second) is null).Select(pair => (pair.First.Name, pair.First.Values))];
        var isImported = fine.Count > 0 && (wrong.Count == 0 || skip);
        var done = isImported ? gallery.EnrollVectors(fine, Path.GetFileName(file)) : check;
        var line = new ImportedPeopleLine(file, model.Id, all.Count, isImported, done.Added, done.Again, done.NewPeople, wrong);
        if (json) cli.Out.WriteLine(Output.Line(line));
        else if (isImported) Write(cli, line, gallery);
        foreach (var entry in wrong.Take(MostOnTerminal)) cli.Error.WriteLine($"sightline: {file}: number {entry.Place}, '{entry.Name}': {entry.Reason}");
        if (wrong.Count > MostOnTerminal) cli.Error.WriteLine($"sightline: {file}: and {wrong.Count - MostOnTerminal} more that are wrong, all of them in --json");
        if (!isImported) cli.Error.WriteLine($"sightline: {file}: nothing was imported{(fine.Count > 0 ? $"; --skip-wrong imports the other {fine.Count} of {all.Count}" : "")}");
        return wrong.Count == 0 ? ExitCode.Fine : ExitCode.Failed;
    }

    private static IReadOnlyList<NamedEmbedding> Read(string file, int dimensions)
    {
        var info = new FileInfo(file);
        if (!info.Exists) throw new Complaint($"{file}: there is no such file; wanted what torch.save([embedding_list, name_list], 'data.pt') writes");
        if (info.Length > LargestFile) throw new Complaint($"{file} has {info.Length:N0} bytes, at most {LargestFile:N0} are read: 2 KB an embedding, so room for 60,000");
        try
        {
            return EmbeddingList.Read(file, File.ReadAllBytes(file), dimensions);
        }
        catch (InvalidDataException wrong)
        {
            throw new Complaint($"{wrong.Message}. Nothing was imported.");
        }
    }

    private static void Write(Cli cli, ImportedPeopleLine line, Gallery gallery)
    {
        cli.Out.WriteLine($"{line.File}: {Wording.Count(line.Photos, "photograph")} imported as vectors of {line.Model}{(line.Already > 0 ? $", {line.Already} were there already" : "")}; " +
            $"{Wording.Count(line.NewPeople, "new person", "new people")}, {Wording.Count(gallery.Count, "person", "people")} in {gallery.File} now");
        cli.Error.WriteLine($"{line.File} does not say which weights made its vectors: they are taken for those of {line.Model}. Where that is wrong, nobody is known rightly by them.");
        cli.Error.WriteLine("no pictures come with them, so no other model can know these people; `sightline people calibrate` says how well they are told apart");
    }
}
