using System.Text;
using System.Text.Json;
using System.Xml;

namespace Sightline.Broker.Sqs;

/// <summary>
/// An operation's JSON as the query protocol's XML. Lists and maps are flattened: an element for each item, named in the singular.
/// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#response-serialization
/// </summary>
internal static class QueryXml
{
    private const string Namespace = "http://queue.amazonaws.com/doc/2012-11-05/";

    /// <summary>These answer with nothing, so their XML has no result element: see each operation's page.</summary>
    private static readonly HashSet<string> Silent =
        ["ChangeMessageVisibility", "DeleteMessage", "DeleteQueue", "PurgeQueue", "SetQueueAttributes", "TagQueue", "UntagQueue"];

    // A carriage return in a body is written as a reference: a reader would make a line feed of it otherwise.
    private static readonly XmlWriterSettings Settings =
        new() { Encoding = new UTF8Encoding(false), NewLineHandling = NewLineHandling.Entitize, CheckCharacters = true };

    public static ReadOnlyMemory<byte> Answer(string operation, ReadOnlyMemory<byte> json, string requestId) => Write(writer =>
    {
        using var answer = JsonDocument.Parse(json);
        writer.WriteStartElement(operation + "Response", Namespace);
        if (!Silent.Contains(operation))
        {
            writer.WriteStartElement(operation + "Result");
            WriteMembers(writer, operation, answer.RootElement);
            writer.WriteEndElement();
        }

        writer.WriteStartElement("ResponseMetadata");
        writer.WriteElementString("RequestId", requestId);
        writer.WriteEndElement();
        writer.WriteEndElement();
    });

    public static ReadOnlyMemory<byte> Error(SqsError error, string requestId) => Write(writer =>
    {
        writer.WriteStartElement("ErrorResponse", Namespace);
        writer.WriteStartElement("Error");
        writer.WriteElementString("Type", error.Fault);
        writer.WriteElementString("Code", error.QueryCode);
        writer.WriteElementString("Message", Legal(error.Message));
        writer.WriteEndElement();
        writer.WriteElementString("RequestId", requestId);
        writer.WriteEndElement();
    });

    private static void WriteMembers(XmlWriter writer, string operation, JsonElement members)
    {
        foreach (var member in members.EnumerateObject())
        {
            var name = member.Name switch
            {
                "Successful" => operation + "ResultEntry",
                "Failed" => "BatchResultErrorEntry",
                "Results" => operation + "ResultEntry",
                "queueUrls" => "QueueUrl",
                var plural => plural.TrimEnd('s'),
            };
            switch (member.Value.ValueKind)
            {
                case JsonValueKind.Array:
                    foreach (var item in member.Value.EnumerateArray())
                        WriteElement(writer, operation, name, item);
                    break;
                case JsonValueKind.Object:
                    foreach (var entry in member.Value.EnumerateObject())
                    {
                        writer.WriteStartElement(name);
                        writer.WriteElementString(name == "Tag" ? "Key" : "Name", Legal(entry.Name));
                        WriteElement(writer, operation, "Value", entry.Value);
                        writer.WriteEndElement();
                    }

                    break;
                default:
                    WriteElement(writer, operation, member.Name, member.Value);
                    break;
            }
        }
    }

    private static void WriteElement(XmlWriter writer, string operation, string name, JsonElement value)
    {
        writer.WriteStartElement(name);
        if (value.ValueKind == JsonValueKind.Object)
            WriteMembers(writer, operation, value);
        else if (value.ValueKind == JsonValueKind.String)
            writer.WriteString(Legal(value.GetString()!));
        else
            writer.WriteRaw(value.GetRawText()); // a number, true or false
        writer.WriteEndElement();
    }

    /// <summary>Bodies hold only what XML can carry; an error may quote a stranger's characters that it cannot.</summary>
    private static string Legal(string text)
    {
        var broken = false;
        for (var i = 0; i < text.Length && !broken; i++)
            broken = !XmlConvert.IsXmlChar(text[i]) && !char.IsSurrogate(text[i]);
        return broken ? string.Concat(text.Select(c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c) ? c : '\uFFFD')) : text;
    }

    private static ReadOnlyMemory<byte> Write(Action<XmlWriter> content)
    {
        var bytes = new MemoryStream();
        using (var writer = XmlWriter.Create(bytes, Settings))
            content(writer);
        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }
}
