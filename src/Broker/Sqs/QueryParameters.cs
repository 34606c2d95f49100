using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Sightline.Broker.Sqs;

/// <summary>
/// Numbered parameters (<c>Attribute.1.Name=…&amp;Attribute.1.Value=…</c>) as the JSON that the operations read. The names, which
/// are maps and which are lists: each operation's page of https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
/// and https://smithy.io/2.0/aws/protocols/aws-query-protocol.html. What SQS does not know is not looked at, as at Amazon.
/// </summary>
internal sealed class QueryParameters
{
    private static readonly HashSet<string> Numbers =
        ["DelaySeconds", "MaxNumberOfMessages", "MaxNumberOfMessagesPerSecond", "MaxResults", "VisibilityTimeout", "WaitTimeSeconds"];

    private static readonly Dictionary<string, (string Json, Kind Kind)> Lists = new(StringComparer.Ordinal)
    {
        ["Attribute"] = ("Attributes", Kind.Map),
        ["AttributeName"] = ("AttributeNames", Kind.Texts),
        ["MessageAttribute"] = ("MessageAttributes", Kind.MapOfValues),
        ["MessageAttributeName"] = ("MessageAttributeNames", Kind.Texts),
        ["MessageSystemAttribute"] = ("MessageSystemAttributes", Kind.MapOfValues),
        ["MessageSystemAttributeName"] = ("MessageSystemAttributeNames", Kind.Texts),
        ["Tag"] = ("Tags", Kind.Tags),
        ["TagKey"] = ("TagKeys", Kind.Texts),
    };

    private const string EntrySuffix = "RequestEntry";

    /// <summary>What clients call a list or map that is empty, and give no value: EmptyQueryLists in https://github.com/smithy-lang/smithy/blob/main/smithy-aws-protocol-tests/model/awsQuery/input-lists.smithy</summary>
    private static readonly HashSet<string> Empty = [.. Lists.Values.Select(list => list.Json), "Entries", "tags"];

    // What lies below one number, or the whole: texts by what is left of their names, and lists by theirs, in order of their numbers.
    private readonly SortedDictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedDictionary<int, QueryParameters>> _lists = new(StringComparer.Ordinal);

    private enum Kind
    {
        /// <summary>Name.1=text</summary>
        Texts,

        /// <summary>Name.1.Name=key and Name.1.Value=text</summary>
        Map,

        /// <summary>Name.1.Key=key and Name.1.Value=text</summary>
        Tags,

        /// <summary>Name.1.Name=key and Name.1.Value.StringValue=text</summary>
        MapOfValues,

        /// <summary>Name.1.Member=…, where a member may be any of these again</summary>
        Entries,
    }

    public static SqsError? Write(string operation, IReadOnlyDictionary<string, string> fields, IBufferWriter<byte> json)
    {
        var whole = new QueryParameters();
        foreach (var (name, value) in fields)
        {
            if (whole.Put(operation, name, value) is { } error)
                return error;
        }

        using var writer = new Utf8JsonWriter(json, JsonProtocol.Compact);
        return whole.WriteObject(operation, writer);
    }

    private static (string Json, Kind Kind)? ListOf(string operation, string name) =>
        operation == "CreateQueue" && name == "Tag" ? ("tags", Kind.Tags) // in AWS JSON with a small letter, there alone
        : Lists.TryGetValue(name, out var list) ? list
        : name.EndsWith(EntrySuffix, StringComparison.Ordinal) && name[..^EntrySuffix.Length] == operation ? ("Entries", Kind.Entries)
        : null;

    /// <summary>As deep as the name has numbers, and names are short.</summary>
    private SqsError? Put(string operation, string name, string value)
    {
        var parts = name.Split('.', 3);
        if (parts.Length == 1 || ListOf(operation, parts[0]) is null)
        {
            if (value.Length > 0 || !Empty.Contains(name))
                _texts[name] = value;
            return null;
        }

        // Numbers count from 1. Gaps are no error; a number beyond every list is one.
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > QueryForm.MostFields)
            return SqsError.Malformed($"The parameter {QueryForm.Short(name)} is not numbered: wanted {parts[0]}.1, {parts[0]}.2 and so on, at most {QueryForm.MostFields}.");
        if (!_lists.TryGetValue(parts[0], out var list))
            _lists.Add(parts[0], list = []);
        if (!list.TryGetValue(number, out var element))
            list.Add(number, element = new());
        return element.Put(operation, parts.Length == 3 ? parts[2] : "", value);
    }

    private SqsError? WriteObject(string operation, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in _texts.Where(t => !t.Key.Contains('.', StringComparison.Ordinal)))
        {
            if (!Numbers.Contains(name))
                writer.WriteString(name, value);
            else if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
                writer.WriteNumber(name, number);
            else
                return SqsError.Invalid($"Value {QueryForm.Short(value)} for parameter {name} is invalid. Reason: Must be a whole number.");
        }

        foreach (var (name, elements) in _lists)
        {
            var (json, kind) = ListOf(operation, name)!.Value;
            writer.WritePropertyName(json);
            if (WriteList(operation, name, kind, elements, writer) is { } error)
                return error;
        }

        writer.WriteEndObject();
        writer.Flush();
        return null;
    }

    private static SqsError? WriteList(string operation, string name, Kind kind, SortedDictionary<int, QueryParameters> elements, Utf8JsonWriter writer)
    {
        if (kind is Kind.Map or Kind.Tags or Kind.MapOfValues)
            return WriteMap(name, kind, elements, writer);
        writer.WriteStartArray();
        foreach (var (number, element) in elements)
        {
            if (kind == Kind.Entries)
            {
                if (element.WriteObject(operation, writer) is { } error)
                    return error;
            }
            else if (element._texts.TryGetValue("", out var text))
            {
                writer.WriteStringValue(text);
            }
            else
            {
                return SqsError.Missing($"{name}.{number}");
            }
        }

        writer.WriteEndArray();
        return null;
    }

    private static SqsError? WriteMap(string name, Kind kind, SortedDictionary<int, QueryParameters> elements, Utf8JsonWriter writer)
    {
        const string Value = "Value";
        var keyed = kind == Kind.Tags ? "Key" : "Name";
        var keys = new HashSet<string>(StringComparer.Ordinal);
        writer.WriteStartObject();
        foreach (var (number, element) in elements)
        {
            if (!element._texts.TryGetValue(keyed, out var key))
                return SqsError.Missing($"{name}.{number}.{keyed}");
            if (!keys.Add(key))
                return SqsError.Invalid($"Value {QueryForm.Short(key)} for parameter {name}.{number}.{keyed} is invalid. Reason: It is there already.");
            writer.WritePropertyName(key);
            if (kind != Kind.MapOfValues)
            {
                if (!element._texts.TryGetValue(Value, out var text))
                    return SqsError.Missing($"{name}.{number}.{Value}");
                writer.WriteStringValue(text);
                continue;
            }

            writer.WriteStartObject();
            foreach (var (member, text) in element._texts.Where(t => t.Key.StartsWith(Value + ".", StringComparison.Ordinal)))
                writer.WriteString(member[(Value.Length + 1)..], text);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        return null;
    }
}
