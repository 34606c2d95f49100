using System.Text;

namespace Sightline.Broker.Sqs;

/// <summary>A SendMessage, or an entry of a batch, as it should be; what is wrong is the parameters' error.</summary>
internal static class MessageReader
{
    public static NewMessage Read(Parameters parameters)
    {
        var body = parameters.Body("MessageBody");
        var delay = parameters.Seconds("DelaySeconds", Limits.DelaySeconds);
        var attributes = Attributes(parameters, "MessageAttributes");
        var system = Attributes(parameters, "MessageSystemAttributes", Unchecked);
        if (attributes.Count > Limits.Attributes)
            parameters.Fail(SqsError.Invalid($"Number of message attributes [{attributes.Count}] exceeds the allowed maximum [{Limits.Attributes}]."));
        if (system.FirstOrDefault(a => a.Name != "AWSTraceHeader" || a.DataType != "String") is { } other)
            parameters.Fail(SqsError.Invalid($"Message system attribute name '{other.Name}' is invalid: AWSTraceHeader, a String, is the only one."));
        if (parameters.OptionalText("MessageDeduplicationId") is { } id)
        {
            parameters.Fail(SqsError.Invalid($"Value {id} for parameter MessageDeduplicationId is invalid. " +
                "Reason: The request include parameter that is not valid for this queue type: it is of FIFO queues."));
        }

        return new(body, attributes) { Delay = delay, TraceHeader = system.FirstOrDefault(), GroupId = parameters.OptionalText("MessageGroupId") };
    }

    private static bool Unchecked(string name) => true;

    /// <summary>https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-message-attributes</summary>
    private static List<MessageAttribute> Attributes(Parameters parameters, string list, Func<string, bool>? isName = null)
    {
        var attributes = new List<MessageAttribute>();
        foreach (var (name, json) in parameters.Map(list))
        {
            var value = new Parameters(json);
            var attribute = One(name, value, isName ?? Text.IsAttributeName);
            if (value.Error is { } error)
                parameters.Fail(error);
            attributes.Add(attribute);
        }

        return attributes;
    }

    private static MessageAttribute One(string name, Parameters value, Func<string, bool> isName)
    {
        if (!isName(name))
            value.Fail(SqsError.Invalid($"Message attribute name '{name}' is invalid: 1 to 256 letters, digits, '_', '-', '.'; none of Amazon's prefixes."));
        var type = value.OptionalText("DataType") ?? "";
        var kind = type.Split('.', 2)[0];
        if (kind is not ("String" or "Number" or "Binary") || type.Length > 256)
        {
            value.Fail(SqsError.Invalid($"The message attribute '{name}' has the type '{type}': " +
                "wanted String, Number or Binary, each with a label of your own after a period if you like."));
            return new(name, type, []);
        }

        var bytes = kind == "Binary" ? value.Base64("BinaryValue") : Encoding.UTF8.GetBytes(value.OptionalText("StringValue") ?? "");
        if (bytes.Length == 0)
            value.Fail(SqsError.Invalid($"The message attribute '{name}' must contain a non-empty value of its type {kind}."));
        else if (kind != "Binary" && !Text.IsAllowed(bytes))
            value.Fail(SqsError.InvalidMessageContents($"The message attribute '{name}'"));
        return new(name, type, bytes);
    }
}
