using System.Text.Json;
using Sightline.Tests;

namespace Sightline.Pipeline.App;

/// <summary>The executable without a network: with the built-in weights, and once on a real photograph with the published ones.</summary>
public sealed class VerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Detect_prints_six_faces_and_nothing_else()
    {
        var (code, output, error) = await Program.RunAsync(["detect", Shared.Require("golden/images/multiface.png"), "--json"], null,
            ("SIGHTLINE_ASSETS", Path.GetDirectoryName(Shared.Require("assets"))!));
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
        var (code, output, error) = await RunAsync("detect", nothing, Path.Combine(_folder, "gone.jpg"), Alone(), "--json");
        Assert.Equal(1, code);
        Assert.Contains(nothing, error, StringComparison.Ordinal);
        Assert.Contains("gone.jpg", error, StringComparison.Ordinal);
        Assert.Contains("alone.jpg", Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drawn_pictures_are_written_beside_nothing_else()
    {
        var (crowd, target) = (Written("crowd.jpg", Cast.Crowd()), Path.Combine(_folder, "faces.png"));
        var (code, _, _) = await RunAsync("detect", crowd, "--draw", target);
        Assert.Equal(0, code);
        Assert.True(Sightline.Faces.ImageCodec.TryReadInfo(await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken), out var info, out _));
        Assert.Equal(("png", 1280, 540), (info.Format, info.Width, info.Height));
        Assert.Equal([crowd, target], Directory.EnumerateFileSystemEntries(_folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Who_is_enrolled_is_identified_renamed_and_removed()
    {
        var couple = Written("couple.jpg", Cast.Couple());
        var (code, output, _) = await RunAsync("enroll", "Ada Lovelace", Written("ada.jpg", Cast.Portrait(20)), "--json");
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
    public async Task A_gate_says_why_nobody_was_looked_for_and_can_be_moved()
    {
        var photo = Written("soft.jpg", Cast.OutOfFocus(0));
        var (code, output, _) = await RunAsync("identify", photo, "--json");
        Assert.Equal(0, code);
        using (var line = JsonDocument.Parse(output))
        {
            var face = line.RootElement.GetProperty("faces")[0];
            Assert.Equal("blurred", face.GetProperty("decision").GetString());
            Assert.Equal(JsonValueKind.Null, face.GetProperty("similarity").ValueKind);
            Assert.InRange(face.GetProperty("quality").GetProperty("sharpness").GetDouble(), 0, 0.15);
        }
        Assert.Contains("blurred (sharpness, 0 to 1: 0.", (await RunAsync("identify", photo)).Out, StringComparison.Ordinal);
        Assert.Contains("\"decision\":\"unknown\"", (await RunAsync("identify", photo, "--json", "--gate", "blurred=off")).Out, StringComparison.Ordinal);
        Assert.Contains("\"decision\":\"too_small\"", (await RunAsync("identify", photo, "--json", "--gate", "blurred=off", "--gate", "too_small=1000")).Out, StringComparison.Ordinal);

        (code, _, var error) = await RunAsync("identify", photo, "--gate", "ugly=1");
        Assert.Equal(2, code);
        Assert.Contains("there is no gate 'ugly'; there are too_small", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_photograph_of_several_enrols_nobody_until_it_is_said_whom()
    {
        var couple = Written("couple.jpg", Cast.Couple());
        var (code, _, error) = await RunAsync("enroll", "Ada", couple, "--min-face", "80");
        Assert.Equal(1, code);
        Assert.Contains("--face N", error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("enroll", "Ada", couple, "--min-face", "80", "--face", "1")).Code);
    }

    [Fact]
    public async Task An_embedding_has_the_length_one()
    {
        var (code, output, _) = await RunAsync("embed", Alone(), "--json");
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
        ("SIGHTLINE_ASSETS", _folder), ("SIGHTLINE_MODEL", "builtin"), ("SIGHTLINE_DETECTOR", "builtin"), ("SIGHTLINE_GALLERY", Path.Combine(_folder, "gallery.db")));

    private string Alone() => Written("alone.jpg", Cast.Alone(0));

    private string Written(string name, byte[] image)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllBytes(file, image);
        return file;
    }

    private async Task<IReadOnlyList<string?>> NamesOnAsync(string photograph)
    {
        var (_, output, _) = await RunAsync("identify", photograph, "--min-face", "80", "--json");
        using var line = JsonDocument.Parse(output);
        return [.. line.RootElement.GetProperty("faces").EnumerateArray().Select(face => face.GetProperty("name").GetString())];
    }
}
