using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Edge.Greengrass;

/// <summary>One setting of the component: its key in the configuration and what it takes. They are called as the options of <c>sightline edge</c> are.</summary>
internal sealed class Setting
{
    // A topic's longest name, at nucleus lite as at AWS IoT Core: https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits.
    private const int LongestTopic = 256;
    private const int MostLevels = 8; // seven slashes, same page
    private const int LongestDevice = 128;

    private static readonly string[] LogLevels = ["trace", "debug", "information", "warning", "error"];

    private readonly Func<Settings, JsonElement, Func<string, SqsEndpoint>, Settings?> _take;
    private readonly string _wanted;
    private readonly bool _mayHoldSecret;

    private Setting(string key, string wanted, Func<Settings, JsonElement, Func<string, SqsEndpoint>, Settings?> take, bool live = false, bool secret = false) =>
        (Key, _wanted, _take, IsLive, _mayHoldSecret) = (key, wanted, take, live, secret);

    public string Key { get; }

    /// <summary>Whether it changes while the core runs; the others want another run of the core, in the same process.</summary>
    public bool IsLive { get; }

    /// <summary>In the order of docs/greengrass.md.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Text("broker", "a URL such as mqtt://127.0.0.1:1883", (s, text) => s with { Core = s.Core with { Broker = MqttEndpoint.Parse(text) with { Credentials = s.Core.Broker.Credentials } } }, secret: true),
        File("cert", (s, file) => s with { Files = s.Files with { Certificate = file } }),
        File("key", (s, file) => s with { Files = s.Files with { Key = file } }),
        File("ca", (s, file) => s with { Files = s.Files with { Authority = file } }),
        Texts("topics", "a list of topic filters such as [\"clients/+\"]", (s, filters) => s with { Core = s.Core with { Topics = Filters(filters) } }),
        Text("clientId", "a name that no other client of the broker has", (s, text) => s with { Core = s.Core with { ClientId = text } }),
        new("sqs", "aws, or a URL such as http://127.0.0.1:9324", static (s, value, sqs) => TextOf(value) is { } text ? s with { Core = s.Core with { Sqs = sqs(text) } } : null),
        Text("requestQueue", "a queue's name or URL", (s, text) => s with { Core = s.Core with { RequestQueue = text } }),
        Text("responseQueue", "a queue's name or URL", (s, text) => s with { Core = s.Core with { ResponseQueue = text } }),
        Choice("answers", ["mqtt", "sqs"], (s, word) => s with { Core = s.Core with { Answers = word == "sqs" ? AnswerPath.Sqs : AnswerPath.Mqtt } }),
        new("fallback", "a URL such as http://127.0.0.1:9324, or \"\" for none", static (s, value, _) => value.ValueKind != JsonValueKind.String ? null
            : value.GetString() is { Length: > 0 } text ? WithFallback(s, SqsEndpoint.Parse(text)) : s with { Core = s.Core with { Fallback = null } }),
        Real("freshFor", 0.1, 86_400, "seconds", (s, number) => s with { Core = s.Core with { FreshFor = TimeSpan.FromSeconds(number) } }),
        Real("keepFor", 0.0001, 336, "hours", (s, number) => s with { Core = s.Core with { KeepFor = TimeSpan.FromHours(number) } }),
        Number("spoolMib", 1, 1 << 20, $"a whole number from 1 to {1 << 20}", (s, number) => s with { Core = s.Core with { SpoolBytes = (long)number << 20 } }),
        Number("minFace", 12, 10_000, "a whole number from 12 to 10000", (s, number) => s with { Core = s.Core with { MinFaceSize = number } }),
        Number("parallel", 0, 1024, "a whole number from 1 to 1024, or 0 for as many as there are processors",
            (s, number) => s with { Core = s.Core with { Parallel = number == 0 ? Environment.ProcessorCount : number } }),
        Texts("alignments", $"a list of {string.Join(" and ", Alignment.Ids)}, or of one of them", (s, ids) => Alignments(ids) is { } alignments ? s with { Core = s.Core with { Alignments = alignments } } : null),
        Choice("detector", [DetectorModel.Mtcnn.Name, DetectorModel.BuiltinName],
            (s, word) => s with { Core = s.Core with { Detector = word == DetectorModel.BuiltinName ? DetectorModel.Builtin : DetectorModel.Mtcnn } }),
        Choice("logLevel", LogLevels, (s, word) => s with { LogLevel = Enum.Parse<LogLevel>(word, ignoreCase: true) }, live: true),
        Topic("answersTopic", device: true, (s, topic) => s with { Outlets = s.Outlets with { AnswersTopic = topic } }),
        Topic("iotCoreTopic", device: true, (s, topic) => s with { Outlets = s.Outlets with { IotCoreTopic = topic } }),
        Topic("controlTopic", device: false, (s, topic) => s with { Outlets = s.Outlets with { ControlTopic = topic } }),
        Topic("iotCoreControlTopic", device: false, (s, topic) => s with { Outlets = s.Outlets with { IotCoreControlTopic = topic } }),
    ];

    /// <summary>Its value in a configuration; null where it is not there.</summary>
    public JsonElement? In(JsonElement raw) => raw.ValueKind == JsonValueKind.Object && raw.TryGetProperty(Key, out var value) ? value : null;

    public bool TryTake(Settings before, JsonElement value, Func<string, SqsEndpoint> sqs, [NotNullWhen(true)] out Settings? after, [NotNullWhen(false)] out string? problem)
    {
        (after, problem) = (null, null);
        try
        {
            after = _take(before, value, sqs);
            if (after is null) problem = $"{Key} is {(_mayHoldSecret ? KindOf(value) : Shown(value))}; wanted {_wanted}";
        }
        catch (WireException wrong)
        {
            problem = $"{Key}: {wrong.Message}"; // which says what it got and what was wanted, and never a password
        }
        return after is not null;
    }

    /// <summary>A value as an error has it: short and on one line.</summary>
    public static string Shown(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? "nothing" : Quoted.Of(value.GetRawText());

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "a map",
        JsonValueKind.String => "a text without a character",
        _ => Shown(value),
    };

    private static Setting Text(string key, string wanted, Func<Settings, string, Settings?> with, bool secret = false) =>
        new(key, wanted, (s, value, _) => TextOf(value) is { } text ? with(s, text) : null, secret: secret);

    private static Setting Texts(string key, string wanted, Func<Settings, IReadOnlyList<string>, Settings?> with) => new(key, wanted, (s, value, _) =>
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) return null;
        string?[] texts = [.. value.EnumerateArray().Select(TextOf)];
        return texts.Contains(null) ? null : with(s, texts!);
    });

    private static Setting File(string key, Func<Settings, string?, Settings> with) =>
        new(key, "the path of a PEM file, or \"\" for none", (s, value, _) => value.ValueKind == JsonValueKind.String ? with(s, value.GetString() is { Length: > 0 } file ? file : null) : null);

    private static Setting Number(string key, int from, int to, string wanted, Func<Settings, int, Settings> with) =>
        new(key, wanted, (s, value, _) => NumberOf(value) is { } number && decimal.Truncate(number) == number && number >= from && number <= to ? with(s, (int)number) : null);

    private static Setting Real(string key, double from, double to, string unit, Func<Settings, double, Settings> with) =>
        new(key, string.Create(CultureInfo.InvariantCulture, $"a number of {unit} from {from} to {to}"), (s, value, _) => NumberOf(value) is { } number && (double)number >= from && (double)number <= to ? with(s, (double)number) : null);

    /// <summary>40, which the nucleus may write 40.0; or "40", which is what nucleus lite makes of a number in YAML.</summary>
    private static decimal? NumberOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) ? number
        : value.ValueKind == JsonValueKind.String && decimal.TryParse(value.GetString(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var text) ? text
        : null;

    private static Setting Choice(string key, string[] words, Func<Settings, string, Settings> with, bool live = false) =>
        new(key, string.Join(" or ", words), (s, value, _) => TextOf(value) is { } word && words.Contains(word, StringComparer.Ordinal) ? with(s, word) : null, live);

    private static Setting Topic(string key, bool device, Func<Settings, string?, Settings> with) => new(
        key,
        $"a topic of at most {LongestTopic} bytes and {MostLevels} levels without # {(device ? "in which one + may stand for the device" : "and +")}, or \"\" for none",
        (s, value, _) => value.ValueKind != JsonValueKind.String ? null : value.GetString() is { Length: > 0 } topic ? IsTopic(topic, device) ? with(s, topic) : null : with(s, null),
        live: true);

    private static bool IsTopic(string topic, bool device)
    {
        var levels = topic.Split('/');
        var devices = levels.Count(level => level == "+");
        return !topic.AsSpan().ContainsAny('#', '\0') && topic.Count(c => c == '+') == devices && devices <= (device ? 1 : 0)
            && levels.Length <= MostLevels && Encoding.UTF8.GetByteCount(topic) + (devices * (LongestDevice - 1)) <= LongestTopic;
    }

    // Another endpoint is a box: AWS itself is what it stands in for.
    private static Settings? WithFallback(Settings s, SqsEndpoint endpoint) => endpoint.Url is null ? null : s with { Core = s.Core with { Fallback = endpoint } };

    private static string? TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static IReadOnlyList<string> Filters(IReadOnlyList<string> filters)
    {
        foreach (var filter in filters)
        {
            if (Topics.ProblemOf(filter) is { } problem) throw new WireException(problem);
        }
        return filters;
    }

    private static List<Alignment>? Alignments(IReadOnlyList<string> ids)
    {
        var found = new List<Alignment>();
        foreach (var id in ids.Distinct(StringComparer.Ordinal))
        {
            if (!Alignment.TryGet(id, out var alignment)) return null;
            found.Add(alignment);
        }
        return found;
    }
}
