using System.Text.Json;
using Sightline.Tests;

namespace Sightline.Pipeline.App;

/// <summary>The executable on real photographs, without a network.</summary>
public sealed class VerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Detect_prints_six_faces_and_nothing_else()
    {
        var (code, output, error) = await RunAsync("detect", Shared.Require("golden/images/multiface.png"), "--json");
        Assert.Equal((0, ""), (code, error));
        using var line = JsonDocument.Parse(output);
        Assert.Equal((720, 378), (line.RootElement.GetProperty("width").GetInt32(), line.RootElement.GetProperty("height").GetInt32()));
        Assert.Equal(6, line.RootElement.GetProperty("faces").GetArrayLength());
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_named_and_the_rest_is_still_done()
    {
        var nothing = Path.Combine(_folder, "nothing.jpg");
        await File.WriteAllTextAsync(nothing, "no image", TestContext.Current.CancellationToken);
        var (code, output, error) = await RunAsync("detect", nothing, Path.Combine(_folder, "gone.jpg"), Shared.Require("golden/images/img3.png"), "--json");
        Assert.Equal(1, code);
        Assert.Contains(nothing, error, StringComparison.Ordinal);
        Assert.Contains("gone.jpg", error, StringComparison.Ordinal);
        Assert.Contains("img3.png", Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drawn_pictures_are_written_beside_nothing_else()
    {
        var target = Path.Combine(_folder, "faces.png");
        var (code, _, _) = await RunAsync("detect", Shared.Require("golden/images/multiface.png"), "--draw", target);
        Assert.Equal(0, code);
        Assert.True(Sightline.Faces.ImageCodec.TryReadInfo(await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken), out var info, out _));
        Assert.Equal(("png", 720, 378), (info.Format, info.Width, info.Height));
        Assert.Equal([target], Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Who_is_enrolled_is_identified_renamed_and_removed()
    {
        var couple = Shared.Require("samples/groups/couple.jpg");
        var (code, output, _) = await RunAsync("enroll", "Ada Lovelace", Shared.Require("samples/people/person-01/img2.jpg"), "--json");
        Assert.Equal(0, code);
        Assert.Contains("\"enrolled\":true", output, StringComparison.Ordinal);
        Assert.Equal(["Ada Lovelace", null], await NamesOnAsync(couple));

        Assert.Equal(0, (await RunAsync("people", "rename", "Ada Lovelace", "Ada King")).Code);
        Assert.Equal(["Ada King", null], await NamesOnAsync(couple));

        Assert.Equal(0, (await RunAsync("people", "remove", "Ada King")).Code);
        Assert.Equal([null, null], await NamesOnAsync(couple));
        (code, _, var error) = await RunAsync("people", "remove", "Ada King");
        Assert.Equal(1, code);
        Assert.Contains("there is nobody called 'Ada King'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_photograph_of_several_enrols_nobody_until_it_is_said_whom()
    {
        var couple = Shared.Require("samples/groups/couple.jpg");
        var (code, _, error) = await RunAsync("enroll", "Ada", couple, "--min-face", "80");
        Assert.Equal(1, code);
        Assert.Contains("--face N", error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("enroll", "Ada", couple, "--min-face", "80", "--face", "1")).Code);
    }

    [Fact]
    public async Task An_embedding_has_the_length_one()
    {
        var (code, output, _) = await RunAsync("embed", Shared.Require("golden/images/img3.png"), "--json");
        Assert.Equal(0, code);
        using var line = JsonDocument.Parse(output);
        var values = line.RootElement.GetProperty("faces")[0].GetProperty("embedding").EnumerateArray().Select(value => value.GetDouble()).ToList();
        Assert.Equal(128, values.Count);
        Assert.Equal(1, Math.Sqrt(values.Sum(value => value * value)), 1e-4);
    }

    [Fact]
    public async Task A_missing_model_names_file_address_and_folders()
    {
        // A proxy that nobody serves stands for a machine without a network.
        var (code, output, error) = await Program.RunAsync(["assets", "pull", "pnet.pt"], null,
            ("SIGHTLINE_ASSETS", _folder), ("XDG_CACHE_HOME", _folder), ("HTTPS_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", ""));
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("assets/pnet.pt", error, StringComparison.Ordinal);
        Assert.Contains("https://", error, StringComparison.Ordinal);
        Assert.Contains(_folder, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_comes_from_standard_input()
    {
        var file = Path.Combine(_folder, "users");
        var (code, _, _) = await Program.RunAsync(["users", "add", "front-door-IoTThing", "--file", file], "secret\n");
        Assert.Equal(0, code);
        var line = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.StartsWith("front-door-IoTThing:", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    private Task<(int Code, string Out, string Error)> RunAsync(params string[] args) => Program.RunAsync(args, null,
        ("SIGHTLINE_ASSETS", Path.GetDirectoryName(Shared.Require("assets"))!), ("SIGHTLINE_GALLERY", Path.Combine(_folder, "gallery.db")));

    private async Task<IReadOnlyList<string?>> NamesOnAsync(string photograph)
    {
        var (_, output, _) = await RunAsync("identify", photograph, "--min-face", "80", "--json");
        using var line = JsonDocument.Parse(output);
        return [.. line.RootElement.GetProperty("faces").EnumerateArray().Select(face => face.GetProperty("name").GetString())];
    }
}
