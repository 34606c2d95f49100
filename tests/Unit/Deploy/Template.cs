using System.Text.Json.Nodes;
using Sightline.Unit.House;
using YamlDotNet.RepresentationModel;

namespace Sightline.Unit.Deploy;

/// <summary>
/// deploy/aws/template.yaml as the JSON that CloudFormation makes of it: a tag such as <c>!Ref X</c> is its long form, <c>{"Ref": "X"}</c>
/// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html). Every scalar is a text.
/// </summary>
internal static class Template
{
    public static JsonObject Whole { get; } = Read();

    public static JsonObject Resources => Whole[nameof(Resources)]!.AsObject();

    public static JsonObject Parameters => Whole[nameof(Parameters)]!.AsObject();

    public static JsonObject Outputs => Whole[nameof(Outputs)]!.AsObject();

    /// <summary>What the resource is made with.</summary>
    public static JsonObject Of(string resource) => Resources[resource]!["Properties"]!.AsObject();

    public static IEnumerable<string> Named(string type) => Resources.Where(one => (string?)one.Value!["Type"] == type).Select(one => one.Key);

    /// <summary>A list, or the one thing in place of a list; what stands under a condition counts as there.</summary>
    public static IEnumerable<JsonNode> All(JsonNode? node) => node switch
    {
        null => [],
        JsonArray list => list.SelectMany(All),
        JsonObject choice when choice["Fn::If"] is JsonArray branches => branches.Skip(1).SelectMany(All),
        JsonObject none when (string?)none["Ref"] == "AWS::NoValue" => [],
        _ => [node],
    };

    private static JsonObject Read()
    {
        var yaml = new YamlStream();
        using var text = new StringReader(Repository.Read("deploy/aws/template.yaml"));
        yaml.Load(text);
        return Json(yaml.Documents.Single().RootNode)!.AsObject();
    }

    private static JsonNode? Json(YamlNode node)
    {
        JsonNode? plain = node switch
        {
            YamlScalarNode scalar => scalar.Value,
            YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Json)]),
            YamlMappingNode mapping => new JsonObject(mapping.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Json(pair.Value)))),
            _ => throw new InvalidOperationException($"line {node.Start.Line}: {node.NodeType}"),
        };
        if (node.Tag.IsEmpty || !node.Tag.Value.StartsWith('!') || node.Tag.Value == "!") return plain;
        var function = node.Tag.Value[1..];
        return new JsonObject { [function is "Ref" or "Condition" ? function : $"Fn::{function}"] = plain };
    }
}
