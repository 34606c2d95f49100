using System.Runtime.CompilerServices;
using Sightline.Pipeline.Broker;

namespace Sightline.Pipeline.Lambda;

/// <summary>deploy/aws/package.sh as far as it goes without building, which takes minutes.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task A_wrong_option_teaches_those_there_are_and_builds_nothing()
    {
        var outcome = await Tool.RunAsync(Tool.Require("bash"), [Script(), "--nonsense"]);
        Assert.Equal((2, ""), (outcome.Exit, outcome.Output));
        foreach (var option in new[] { "--arm64", "--without-model", "--trimmed" }) Assert.Contains($"deploy/aws/package.sh {option}", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_lacks_is_told_with_what_to_install()
    {
        var empty = Directory.CreateTempSubdirectory("sightline-path-");
        try
        {
            // Only what it takes to come to its first question.
            foreach (var tool in new[] { "bash", "dirname", "readlink", "sed" }) File.CreateSymbolicLink(Path.Combine(empty.FullName, tool), Tool.Require(tool));
            var outcome = await Tool.RunAsync(Path.Combine(empty.FullName, "bash"), [Script()], new Dictionary<string, string> { ["PATH"] = empty.FullName });
            Assert.Equal(1, outcome.Exit);
            Assert.Contains("dotnet is not on the PATH; wanted the .NET SDK 10", outcome.Errors, StringComparison.Ordinal);
        }
        finally
        {
            empty.Delete(recursive: true);
        }
    }

    private static string Script([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "deploy", "aws", "package.sh"));
}
