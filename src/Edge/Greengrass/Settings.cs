using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge.Greengrass;

/// <summary>Where answers go beside their devices, and where the core takes orders; null: nowhere. A <c>+</c> in a topic for answers stands for the device.</summary>
internal sealed record Outlets(string? AnswersTopic, string? IotCoreTopic, string? ControlTopic, string? IotCoreControlTopic)
{
    public static Outlets None { get; } = new(null, null, null, null);
}

/// <summary>PEM files for a broker on TLS, as <c>--cert</c>, <c>--key</c> and <c>--ca</c> of <c>sightline edge</c>; null: none.</summary>
internal sealed record BrokerFiles(string? Certificate, string? Key, string? Authority)
{
    public static BrokerFiles None { get; } = new(null, null, null);
}

/// <summary>What the component's configuration says, checked. A recipe has no schema, so a wrong key or value is told here or nowhere.</summary>
internal sealed record Settings(CoreOptions Core, Outlets Outlets, LogLevel LogLevel)
{
    /// <summary>The nucleus keeps the component's rights among its settings: https://docs.aws.amazon.com/greengrass/v2/developerguide/interprocess-communication.html.</summary>
    public const string AccessControl = "accessControl";

    public BrokerFiles Files { get; init; } = BrokerFiles.None;

    /// <summary>The configuration that this was read from.</summary>
    public JsonElement Raw { get; private init; }

    /// <param name="raw">The whole configuration of the component.</param>
    /// <param name="fallback">What holds where a key is not there.</param>
    /// <param name="sqs">An endpoint by its text, or a <see cref="WireException"/>.</param>
    /// <param name="time">To tell a certificate that is out of date.</param>
    /// <param name="settings">Null where something is wrong.</param>
    /// <param name="problem">Everything that is wrong: which key, what it has, what was wanted.</param>
    public static bool TryRead(JsonElement raw, Settings fallback, Func<string, SqsEndpoint> sqs, TimeProvider time,
        [NotNullWhen(true)] out Settings? settings, [NotNullWhen(false)] out string? problem)
    {
        var problems = new List<string>();
        var read = fallback with { Raw = raw };
        if (raw.ValueKind != JsonValueKind.Object) problems.Add($"the configuration is {Setting.Shown(raw)}; wanted a map of settings");
        else
        {
            foreach (var property in raw.EnumerateObject().Where(property => property.Name != AccessControl))
            {
                if (Setting.All.FirstOrDefault(setting => setting.Key == property.Name) is not { } setting)
                    problems.Add($"there is no setting '{Quoted.Of(property.Name)}' (it is {Setting.Shown(property.Value)} here); the settings are {string.Join(", ", Setting.All.Select(one => one.Key))}");
                else if (setting.TryTake(read, property.Value, sqs, out var taken, out var wrong)) read = taken;
                else problems.Add(wrong);
            }
        }
        if (problems.Count == 0 && ProblemTogether(ref read, time) is { } together) problems.Add(together);
        settings = problems.Count == 0 ? read : null;
        problem = settings is null ? string.Join("; ", problems) : null;
        return settings is not null;
    }

    /// <summary>The settings that have other values in <paramref name="other"/>.</summary>
    public IReadOnlyList<Setting> ChangedIn(Settings other) => [.. Setting.All.Where(setting => !Same(setting.In(Raw), setting.In(other.Raw)))];

    /// <summary>What is right by itself may be wrong together, and files are looked at last.</summary>
    private static string? ProblemTogether(ref Settings settings, TimeProvider time)
    {
        var (broker, files) = (settings.Core.Broker, settings.Files);
        if (files != BrokerFiles.None && !broker.Tls) return $"cert, key or ca is there and broker is {broker}; wanted mqtts://, since certificates are for TLS";
        if (broker.IsIotCore && (!broker.Tls || files.Certificate is null)) return $"broker is {broker}, which is AWS IoT Core; wanted mqtts:// with cert and key of a thing";
        try
        {
            if (files != BrokerFiles.None)
                settings = settings with { Core = settings.Core with { Broker = broker with { Credentials = TlsCredentials.Load(files.Certificate, files.Key, files.Authority, time) } } };
            Edge.Core.Check(settings.Core);
            return null;
        }
        catch (WireException wrong)
        {
            return wrong.Message;
        }
    }

    private static bool Same(JsonElement? one, JsonElement? other) => one is null || other is null ? one is null == other is null : JsonElement.DeepEquals(one.Value, other.Value);
}
