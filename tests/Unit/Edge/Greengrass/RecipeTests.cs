using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Sightline.Edge;
using Sightline.Edge.Greengrass;
using Sightline.Faces;
using Sightline.Unit.House;
using Sightline.Wire;

namespace Sightline.Unit.Edge.Greengrass;

/// <summary>deploy/greengrass/recipe.json against the settings that the core takes, and against what each nucleus can do.</summary>
public sealed class RecipeTests
{
    private static readonly JsonElement Recipe = JsonDocument.Parse(Repository.Read("deploy/greengrass/recipe.json")).RootElement;
    private static readonly JsonSerializerOptions AsWritten = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonElement Defaults = Recipe.GetProperty("ComponentConfiguration").GetProperty("DefaultConfiguration");

    [Fact]
    public void Its_defaults_are_every_setting_and_those_of_the_core()
    {
        Assert.Equal([.. Setting.All.Select(setting => setting.Key), Settings.AccessControl], Defaults.EnumerateObject().Select(property => property.Name));
        var other = new CoreOptions { Assets = new AssetStore([]), MinFaceSize = 99, ClientId = "x", Topics = ["x/+"], RequestQueue = "x", ResponseQueue = "x", Alignments = [], Parallel = 99, FreshFor = default, KeepFor = default, SpoolBytes = 1 };
        Assert.True(Settings.TryRead(Defaults, new(other, Outlets.None, LogLevel.None), SqsEndpoint.Parse, TimeProvider.System, out var settings, out var problem), problem);
        var (core, own) = (settings.Core, new CoreOptions { Assets = other.Assets });
        Assert.Equal((own.Broker, own.ClientId, own.RequestQueue, own.ResponseQueue, own.Answers, own.MinFaceSize, own.Parallel, own.Detector),
            (core.Broker, core.ClientId, core.RequestQueue, core.ResponseQueue, core.Answers, core.MinFaceSize, core.Parallel, core.Detector));
        Assert.Equal((own.Fallback, own.FreshFor, own.KeepFor, own.SpoolBytes), (core.Fallback, core.FreshFor, core.KeepFor, core.SpoolBytes));
        Assert.Equal(own.Topics, core.Topics);
        Assert.Equal(own.Alignments, core.Alignments);
        Assert.Equal((LogLevel.Information, SqsEndpoint.Aws), (settings.LogLevel, core.Sqs));
        Assert.Equal(new("sightline/+/answers", null, "sightline/control", null), settings.Outlets);
    }

    [Fact]
    public void Its_rights_are_those_of_the_topics_that_it_sets_and_no_others()
    {
        var rights = from service in Defaults.GetProperty(Settings.AccessControl).EnumerateObject()
                     from policy in service.Value.EnumerateObject()
                     from operation in policy.Value.GetProperty("operations").EnumerateArray()
                     from resource in policy.Value.GetProperty("resources").EnumerateArray()
                     select $"{service.Name} {operation} {resource}";
        Assert.Equal(
        [
            "aws.greengrass.ipc.pubsub aws.greengrass#PublishToTopic sightline/*/answers",
            "aws.greengrass.ipc.pubsub aws.greengrass#PublishToTopic sightline/control/replies",
            "aws.greengrass.ipc.pubsub aws.greengrass#SubscribeToTopic sightline/control",
        ], rights);
    }

    [Fact]
    public void There_is_a_manifest_for_each_nucleus_on_each_architecture_that_of_nucleus_lite_first()
    {
        var manifests = Recipe.GetProperty("Manifests").EnumerateArray().ToList();
        var platforms = manifests.Select(manifest => manifest.GetProperty("Platform")).Select(platform =>
            $"{platform.GetProperty("os")} {platform.GetProperty("architecture")} {(platform.TryGetProperty("runtime", out var runtime) ? runtime.ToString() : "")}".TrimEnd());
        Assert.Equal(["linux amd64 aws_nucleus_lite", "linux aarch64 aws_nucleus_lite", "linux amd64", "linux aarch64"], platforms);
        foreach (var manifest in manifests)
        {
            var platform = manifest.GetProperty("Platform");
            var (lite, architecture) = (platform.TryGetProperty("runtime", out _), platform.GetProperty("architecture").GetString());
            // Nucleus lite has no shutdown and no recover, and tells a component that is run to end by SIGTERM, as the other one does after a shutdown that is not there.
            var step = Assert.Single(manifest.GetProperty("Lifecycle").EnumerateObject());
            Assert.Equal(lite ? "run" : "startup", step.Name);
            Assert.False(step.Value.GetProperty("RequiresPrivilege").GetBoolean());
            var script = step.Value.GetProperty("Script").GetString()!;
            // A nucleus starts a component anew when its script changes: a setting in it could not change live.
            Assert.Equal(["artifacts:decompressedPath", "artifacts:path"], Regex.Matches(script, @"\{([^}]*)\}").Select(match => match.Groups[1].Value));
            Assert.Contains($"/sightline-{architecture};", script, StringComparison.Ordinal);
            Assert.Contains("; exec \"$at/sightline\" edge --greengrass", script, StringComparison.Ordinal);
            Assert.Equal(lite, script.Contains("--ipc-limit 9800", StringComparison.Ordinal));
            var artifact = Assert.Single(manifest.GetProperty("Artifacts").EnumerateArray());
            Assert.Equal(($"s3://BUCKET/com.sightline.Core/VERSION/sightline-{architecture}.zip", "ZIP", "OWNER"),
                (artifact.GetProperty("Uri").GetString(), artifact.GetProperty("Unarchive").GetString(), artifact.GetProperty("Permission").GetProperty("Execute").GetString()));
        }
    }

    [Fact]
    public void Nucleus_lite_has_room_for_it() =>
        // GGL_COMPONENT_RECIPE_MAX_LEN: https://github.com/aws-greengrass/aws-greengrass-lite/blob/main/modules/ggl-constants/include/ggl/nucleus/constants.h
        Assert.InRange(Repository.Read("deploy/greengrass/recipe.json").Length, 1, 16 * 1024);

    [Fact]
    public void The_page_about_Greengrass_has_every_setting_with_its_default()
    {
        var page = Repository.Read("docs/greengrass.md");
        Assert.All(Setting.All, setting => Assert.Contains($"| `{setting.Key}` | `{JsonSerializer.Serialize(Defaults.GetProperty(setting.Key), AsWritten)}` | {(setting.IsLive ? "live" : "restart")} |", page, StringComparison.Ordinal));
    }
}
