using System.Globalization;
using System.Text;
using System.Text.Json;
using Sightline.Wire;

namespace Sightline.App;

/// <summary>A message of a queue in words and as an object, without the pictures that it carries.</summary>
internal static class MessageLines
{
    // As much as a person takes in at a glance, four lines of a terminal; `--json` has all.
    private const int MostOfBody = 320;

    public static string At(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Bytes(string body) => Encoding.UTF8.GetByteCount(body).ToString("N0", CultureInfo.InvariantCulture) + " bytes";

    public static MessageLine LineOf(SeenMessage message, SqsQueue queue, bool withBody)
    {
        var content = QueueContent.Of(message.Body);
        var json = withBody ? BlobFree.Json(message.Body, indented: false) : null;
        return new(
            message.Id, queue.Name, message.Source, message.SentAt, message.ReceiveCount, content.What, content.RequestId, content.Device, content.Problem, Encoding.UTF8.GetByteCount(message.Body),
            json is null ? null : JsonSerializer.Deserialize(json, CliJson.Default.JsonElement), withBody && json is null ? Quoted.Of(message.Body) : null);
    }

    /// <summary>"a request: one face of …; 0198… of front-door-IoTThing"</summary>
    public static string What(QueueContent content) => content.RequestId is null ? content.What : $"{content.What}; {Quoted.Of(content.RequestId)} of {Quoted.Of(content.Device ?? "nobody")}";

    public static string Body(string body)
    {
        var json = BlobFree.Json(body, indented: false);
        return json is null ? Quoted.Of(body) : json.Length <= MostOfBody ? json : json[..MostOfBody] + "…";
    }

    /// <summary>What is known of why a message was given up: no more than what it says itself, since SQS keeps no reason.</summary>
    public static string Why(SeenMessage message, QueueContent content) => content.Problem is { } problem
        ? $"nobody can read it: {problem}"
        : message.Source is null
            ? "it reads well, and was sent to the dead letters by hand"
            : $"it reads well, so it was what received it: {(content.What.StartsWith("a request", StringComparison.Ordinal) ? "the recognizer's log has the reason" : "the core's log has the reason")}, beside {content.RequestId} or {message.Id}";
}
