using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Amazon;

namespace Sightline.App;

/// <summary>
/// <c>--stack FILE</c>: what a stack of deploy/aws/template.yaml put out, as <c>aws cloudformation describe-stacks --query 'Stacks[0].Outputs'</c> prints it
/// (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Output.html). It stands between environment and defaults: what either says wins.
/// </summary>
internal sealed class StackOption
{
    private const string Region = "Region";
    private const string Wanted = "wanted what `aws cloudformation describe-stacks --stack-name NAME --query 'Stacks[0].Outputs'` prints, as deploy/aws/deploy.sh writes it";

    // Which option takes what of it.
    private static readonly (string Option, string Key, string Before)[] Taken =
        [("--request-queue", "RequestQueueUrl", ""), ("--response-queue", "ResponseQueueUrl", ""), ("--broker", "IotEndpoint", "mqtts://"), ("--region", Region, "")];

    private readonly Verb _verb;
    private readonly Option<string?> _file;

    private StackOption(Verb verb)
    {
        _verb = verb;
        _file = verb.Optional("--stack", "FILE", "The outputs of the stack in AWS, as deploy/aws/deploy.sh writes them: --sqs aws with its region, its queues and its MQTT broker, where no option says otherwise");
    }

    /// <summary>All outputs that are read here.</summary>
    public static IReadOnlyList<string> Keys { get; } = [.. Taken.Select(taken => taken.Key)];

    public static void On(Verb verb) => verb.Stack = new StackOption(verb);

    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_file) is not null;

    /// <summary>Has this process speak to the stack's region, whatever AWS_REGION says: its queues are nowhere else.</summary>
    /// <exception cref="Complaint">The file does not say it, or is no such file.</exception>
    public void UseRegion(ParseResult parsed)
    {
        if (parsed.GetValue(_file) is { } file)
            AWSConfigs.AWSRegion = TryRead(file, Region, "--sqs", out var region, out var problem) ? region : throw Complaint.Usage(problem);
    }

    /// <summary>Null where there is no stack, or it has nothing for this option; what is wrong with its file is an error of <paramref name="result"/>.</summary>
    internal string? TextFor(string option, ArgumentResult result)
    {
        if (Array.Find(Taken, taken => taken.Option == option) is not { Key: { } key, Before: var before } || FileOf(result) is not { } file) return null;
        if (TryRead(file, key, option, out var value, out var problem)) return before + value;
        result.AddError(problem);
        return null;
    }

    private string? FileOf(ArgumentResult result) =>
        (result.GetResult(_file) is { Tokens: [var token, ..] } ? token.Value : null) ?? _verb.Cli.Variable(Verb.VariableOf(_file.Name));

    private static bool TryRead(string file, string key, string option, out string value, out string problem)
    {
        (value, problem) = ("", "");
        var there = new List<string>();
        try
        {
            using var outputs = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var output in outputs.RootElement.EnumerateArray())
            {
                var name = output.GetProperty("OutputKey").GetString() ?? "";
                there.Add(name);
                if (name == key) value = output.GetProperty("OutputValue").GetString() ?? "";
            }
            if (value.Length == 0) problem = $"--stack: {file} has no {key}, but {(there.Count == 0 ? "nothing" : string.Join(", ", there))}; wanted the outputs of deploy/aws/template.yaml, or {option}";
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            problem = $"--stack: {wrong.Message.TrimEnd('.')}; {Wanted}";
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            problem = $"--stack: {file} is no list of {{\"OutputKey\": …, \"OutputValue\": …}}; {Wanted}";
        }
        return problem.Length == 0;
    }
}
