using System.Text.Json;

namespace Sightline.Unit.House;

/// <summary>What the recognizer's executable brings along, by the list that the SDK wrote when it built it: that is what a package for Lambda is published from.</summary>
public sealed class RecognizerPackage
{
    // Rooms that a function has no use for, the web server, and libraries of those rooms.
    private static readonly string[] Strangers = ["sightline", "Sightline.App", "Sightline.Broker", "Sightline.Device", "Sightline.Edge", "Sightline.Web", "MQTTnet.Server", "System.CommandLine", "Spectre.Console"];

    private static readonly JsonElement Dependencies = Read("deps");

    [Fact]
    public void It_has_no_App_no_Web_no_Broker_and_no_web_server_in_it()
    {
        var libraries = Dependencies.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/')[0]).ToList();
        Assert.Contains("Sightline.Recognizer", libraries);
        Assert.Contains("Sightline.Wire", libraries);
        Assert.DoesNotContain(libraries, library => Strangers.Contains(library, StringComparer.OrdinalIgnoreCase) || library.StartsWith("Microsoft.AspNetCore", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("Microsoft.NETCore.App", Read("runtimeconfig").GetProperty("runtimeOptions").GetProperty("framework").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("linux-x64")]
    [InlineData("linux-arm64")]
    public void Its_native_libraries_are_there_for_both_of_Lambdas_architectures(string runtime)
    {
        var files = from target in Dependencies.GetProperty("targets").EnumerateObject()
                    from library in target.Value.EnumerateObject()
                    where library.Value.TryGetProperty("runtimeTargets", out _)
                    from file in library.Value.GetProperty("runtimeTargets").EnumerateObject()
                    select file.Name;
        Assert.All(["libonnxruntime.so", "libSkiaSharp.so", "libe_sqlite3.so"], library => Assert.Contains($"runtimes/{runtime}/native/{library}", files));
    }

    private static JsonElement Read(string what) => JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"Sightline.Recognizer.{what}.json"))).RootElement;
}
