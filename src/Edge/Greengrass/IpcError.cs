using System.Text.Json;
using Sightline.Wire;

namespace Sightline.Edge.Greengrass;

/// <summary>The payload of an error, or what can be made of it.</summary>
internal readonly record struct IpcError(string? Code, string Message)
{
    private const string Namespace = "aws.greengrass#";

    /// <summary>Never fails: an error that is badly written is one all the same.</summary>
    public static IpcError Of(IpcMessage message)
    {
        var code = message.Model?.StartsWith(Namespace, StringComparison.Ordinal) == true ? message.Model[Namespace.Length..] : null;
        string? said = null;
        try
        {
            var body = message.Payload.IsEmpty ? null : JsonSerializer.Deserialize(message.Payload.Span, IpcJson.Default.IpcErrorBody);
            // Nucleus lite has these two; the nucleus in Java says "message".
            (code, said) = (body?.ErrorCode ?? code, body?.UnderscoredMessage is { Length: > 0 } text ? text : body?.Message);
        }
        catch (JsonException)
        {
            said = "an error that is no JSON";
        }
        return new(code, (code is null ? "an error without a name" : Quoted.Of(code)) + (string.IsNullOrEmpty(said) ? "" : $": {Quoted.Of(said)}"));
    }
}
