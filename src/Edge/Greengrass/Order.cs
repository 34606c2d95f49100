using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sightline.Edge.Greengrass;

/// <summary>What somebody on a control topic wants: <c>status</c>, <c>restart</c>, or <c>set</c> with settings. The id comes back in the reply.</summary>
internal sealed record Order
{
    public const string Status = "status";
    public const string Restart = "restart";
    public const string Set = "set";

    public string? Command { get; init; }
    public string? Id { get; init; }
    public JsonElement? Settings { get; init; }
}

/// <summary>The reply to an order.</summary>
internal sealed record OrderReply
{
    public string? Id { get; init; }
    public required bool Ok { get; init; }

    /// <summary>Where it is not ok: what was got and what was wanted.</summary>
    public string? Problem { get; init; }

    /// <summary>Settings that change while the core runs, and those for which it starts again.</summary>
    public IReadOnlyList<string>? Live { get; init; }
    public IReadOnlyList<string>? Restarting { get; init; }
    public CoreReport? Status { get; init; }
}

/// <summary>How the core is; counts are of its present run.</summary>
internal sealed record CoreReport
{
    public required bool Ready { get; init; }
    public required bool MqttConnected { get; init; }
    public required bool SqsConnected { get; init; }
    public required long Accepted { get; init; }
    public required long Duplicate { get; init; }
    public required long ReusedId { get; init; }
    public required long BadImage { get; init; }
    public required long Errors { get; init; }
    public required int InFlight { get; init; }

    /// <summary>Requests that wait for the queue to be reached.</summary>
    public required long Spooled { get; init; }
    public required bool BooksFailing { get; init; }
    public required IReadOnlyDictionary<string, long> Answered { get; init; }

    /// <summary>Copies of answers given to the nucleus, not taken by it, and given up for newer ones, since the process began.</summary>
    public required long CopiesPublished { get; init; }
    public required long CopiesRefused { get; init; }
    public required long CopiesDropped { get; init; }

    /// <summary>What is wrong with the configuration; the core runs with the settings from before.</summary>
    public string? WrongSettings { get; init; }

    public static CoreReport Of(ComponentStatus component, AnswerOutlet outlet) => new()
    {
        Ready = component.Core.Ready.IsCompletedSuccessfully,
        MqttConnected = component.Core.MqttConnected,
        SqsConnected = component.Core.SqsConnected,
        Accepted = component.Core.Accepted,
        Duplicate = component.Core.Duplicate,
        ReusedId = component.Core.ReusedId,
        BadImage = component.Core.BadImage,
        Errors = component.Core.Errors,
        InFlight = component.Core.InFlight,
        Spooled = component.Core.Spooled,
        BooksFailing = component.Core.BooksFailing,
        Answered = component.Core.Answered,
        CopiesPublished = outlet.Published,
        CopiesRefused = outlet.Refused,
        CopiesDropped = outlet.Lost,
        WrongSettings = component.WrongSettings,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(OrderReply))]
internal sealed partial class OrderJson : JsonSerializerContext
{
    /// <summary>For people who read it: quotes as \" and everything else as it is.</summary>
    public static OrderJson Readable => field ??= new(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
