using System.Text.Json;
using Sightline.Tests;

namespace Sightline.Pipeline.App;

/// <summary>The executable judges the model on real photographs.</summary>
public sealed class EvalTests : IDisposable
{
    // Everybody on the samples is larger, and the search takes a tenth of the time.
    private const string MinFace = "60";

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_pair_of_the_samples_is_decided_right_and_262_impostors_do_not_tell_a_rate()
    {
        var page = Path.Combine(_folder, "samples.html");
        var (code, output, error) = await RunAsync("pairs", Shared.Require("samples/people"), "--min-face", MinFace, "--json", "--out", page);
        Assert.True(code == 0, output + error);
        using var line = JsonDocument.Parse(output);
        double? Value(string key) => line.RootElement.GetProperty(key) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
        Assert.Equal((25, 300, 38, 262), (Value("photographs"), Value("pairs"), Value("genuine"), Value("impostors")));
        Assert.Equal((1, 1), (Value("accuracy"), Value("auc")));
        Assert.InRange(Value("threshold")!.Value, 0.38, 0.48); // between the nearest two of the table in docs/accuracy.md
        Assert.Equal((null, null, null), (Value("tar_at_far_1e2"), Value("tar_at_far_1e3"), Value("tar_at_far_1e4")));
        Assert.Equal((0, 0, 0), (Value("without_face"), Value("unreadable"), Value("pairs_left_out")));
        Assert.StartsWith("mobilefacenet-", line.RootElement.GetProperty("model").GetString(), StringComparison.Ordinal);

        Assert.Contains("samples.html; it holds pictures of the people", error, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(page));
        var html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Equal(2 * 24, html.Split("<img ").Length - 1);
        Assert.Contains("person-01/img", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everybody_on_the_samples_is_found_among_the_others_and_no_stranger_gets_a_name()
    {
        var (code, output, error) = await RunAsync("identify", Shared.Require("samples/people"), "--min-face", MinFace);
        Assert.True(code == 0, output + error);
        Assert.Matches(@"rank 1 +25 of 25, 100\.00 % \(86\.28 to 100\.00 %\)", output);
        Assert.Matches(@"names missed +0 of 25, ", output);
        Assert.Matches(@"strangers named +0 of 25, 0\.00 % \(0\.00 to 13\.72 %\)", output);
        Assert.Contains("not to be told at 1 in 100: it takes 300 searches for a stranger; 25 without an error would only show that the rate is below 12 % (3/n)", output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task What_is_left_out_is_counted_and_listed()
    {
        Copy("samples/people/person-01/img1.jpg", "Ada/1.jpg");
        Copy("samples/people/person-01/img2.jpg", "Ada/2.jpg");
        Copy("samples/people/person-02/img13.jpg", "Bob/1.jpg");
        Copy("samples/groups/multiface.jpg", "Bob/six.jpg");
        Write("Bob/wall.jpg", Photo.Empty());
        Write("Bob/broken.jpg", [1, 2, 3]);
        Write("loose.jpg", Photo.Empty());
        var (code, output, error) = await RunAsync("identify", _folder, "--min-face", MinFace);
        Assert.Equal(1, code);
        Assert.Contains("1 photograph could not be read", error, StringComparison.Ordinal);
        Assert.Contains("left out, no face was found: 1\n  Bob/wall.jpg\n", output, StringComparison.Ordinal);
        Assert.Contains($"left out, could not be read: 1\n  {_folder}/Bob/broken.jpg: ", output, StringComparison.Ordinal);
        Assert.Contains("left out, in no person's folder: 1\n  loose.jpg\n", output, StringComparison.Ordinal);
        Assert.Contains("several faces were found, the largest one counts: 1\n  Bob/six.jpg\n", output, StringComparison.Ordinal);

        (code, output, _) = await RunAsync("pairs", _folder, "--min-face", MinFace, "--json");
        Assert.Equal(1, code);
        using var line = JsonDocument.Parse(output);
        // Six photographs are 15 pairs; nine of them need one of the two that have no vector.
        Assert.Equal((6, 9, 1, 1, 1), (line.RootElement.GetProperty("pairs").GetInt32(), line.RootElement.GetProperty("pairs_left_out").GetInt32(),
            line.RootElement.GetProperty("without_face").GetInt32(), line.RootElement.GetProperty("several_faces").GetInt32(), line.RootElement.GetProperty("unreadable").GetInt32()));
        Assert.Equal("Bob/wall.jpg", line.RootElement.GetProperty("listed").GetProperty("without_face")[0].GetString());
    }

    [Fact]
    public async Task Pictures_of_the_size_of_a_crop_are_crops_unless_it_is_said_otherwise()
    {
        foreach (var photo in (string[])["Aaron_Peirsol/Aaron_Peirsol_0001.jpg", "Aaron_Peirsol/Aaron_Peirsol_0003.jpg", "Abdullah_Gul/Abdullah_Gul_0001.jpg"])
            Copy($"lfw/{photo}", photo);
        Write("pairs.txt", "1\t1\nAaron_Peirsol\t1\t3\nAaron_Peirsol\t1\tAbdullah_Gul\t1\n"u8.ToArray());
        Write("Ada.jpg", Photo.Read("people/person-01/img1.jpg"));
        Write("crops.csv", "Aaron_Peirsol/Aaron_Peirsol_0001.jpg,Aaron_Peirsol/Aaron_Peirsol_0003.jpg,1\nAda.jpg,Aaron_Peirsol/Aaron_Peirsol_0003.jpg,0\n"u8.ToArray());

        Assert.Equal((0, 2), await PairsAsync(_folder, "auto"));
        Assert.Equal((0, 2), await PairsAsync(_folder, "yes"));
        Assert.Equal((0, 2), await PairsAsync(Path.Combine(_folder, "crops.csv"), "auto"));
        Assert.Equal((1, 1), await PairsAsync(Path.Combine(_folder, "crops.csv"), "yes")); // a photograph is no crop
    }

    private static async Task<(int Code, int Pairs)> PairsAsync(string what, string aligned)
    {
        var (code, output, _) = await RunAsync("pairs", what, "--min-face", MinFace, "--aligned", aligned, "--json");
        using var line = JsonDocument.Parse(output);
        return (code, line.RootElement.GetProperty("pairs").GetInt32());
    }

    private void Copy(string shared, string name) => Write(name, Shared.Read(shared));

    private void Write(string name, byte[] bytes)
    {
        var file = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, bytes);
    }

    private static Task<(int Code, string Out, string Error)> RunAsync(params string[] args) => Program.RunAsync(["eval", .. args], null,
        ("SIGHTLINE_ASSETS", Path.GetDirectoryName(Shared.Require("assets"))!));
}
