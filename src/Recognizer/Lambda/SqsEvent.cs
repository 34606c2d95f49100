using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sightline.Wire;

namespace Sightline.Recognizer.Lambda;

/// <summary>Messages of a queue as Lambda hands them to a function: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event</summary>
internal sealed record SqsEvent
{
    private const string Wanted = "wanted an event of Amazon SQS, {\"Records\": [{\"messageId\": …, \"eventSource\": \"aws:sqs\", …}]}: let an event source mapping of the request queue invoke this function";

    // How much of a foreign event an error shows; the rest is cut off there.
    private const int Shown = 80;

    [JsonPropertyName("Records")]
    public IReadOnlyList<SqsRecord?>? Records { get; init; }

    /// <summary>An event whose every record can be told to have failed; else what came instead, and what was wanted.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out IReadOnlyList<SqsRecord>? records, [NotNullWhen(false)] out string? problem)
    {
        (records, problem) = (null, null);
        var start = Quoted.Of(Encoding.UTF8.GetString(json[..Math.Min(json.Length, Shown)]));
        try
        {
            var read = JsonSerializer.Deserialize(json, LambdaJson.Default.SqsEvent);
            if (read?.Records is not { } all) problem = $"got '{start}', which has no Records; {Wanted}";
            else if (all.FirstOrDefault(static one => one?.EventSource != "aws:sqs") is { } foreign) problem = $"got a record of '{Quoted.Of(foreign.EventSource ?? "no event source")}'; {Wanted}";
            else if (all.Any(static one => string.IsNullOrEmpty(one?.MessageId))) problem = $"a record has no messageId, without which it could not be told apart; {Wanted}";
            else records = all!;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            problem = $"got '{start}', which is no JSON that fits ({Quoted.Of(broken.Message)}); {Wanted}";
        }
        return records is not null;
    }
}

/// <summary>One message.</summary>
internal sealed record SqsRecord
{
    public string? MessageId { get; init; }
    public string? ReceiptHandle { get; init; }
    public string? Body { get; init; }
    public IReadOnlyDictionary<string, string?>? Attributes { get; init; }
    public string? EventSource { get; init; }

    [JsonPropertyName("eventSourceARN")]
    public string? EventSourceArn { get; init; }

    public ReceivedMessage ToMessage() => new(MessageId!, Body ?? "", ReceiptHandle ?? "",
        int.TryParse(Attributes?.GetValueOrDefault("ApproximateReceiveCount"), CultureInfo.InvariantCulture, out var count) ? count : 1);
}

/// <summary>
/// Which records come again; all others are deleted. An empty list says that every record is done, so one that failed must never be missing here:
/// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
/// </summary>
internal sealed record BatchResponse(IReadOnlyList<BatchItemFailure> BatchItemFailures);

internal sealed record BatchItemFailure(string ItemIdentifier);

/// <summary>https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror</summary>
internal sealed record FunctionError(string ErrorMessage, string ErrorType)
{
    public IReadOnlyList<string> StackTrace { get; init; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SqsEvent))]
[JsonSerializable(typeof(BatchResponse))]
[JsonSerializable(typeof(FunctionError))]
internal sealed partial class LambdaJson : JsonSerializerContext;
