using System.Text;

namespace Sightline.Pipeline.Broker;

/// <summary>One recorded exchange of ../shared/golden/sqs-wire: the request as the client wrote it, the response that it accepted.</summary>
internal sealed record Exchange(string Name, string RequestLine, IReadOnlyList<(string Name, string Value)> RequestHeaders, string RequestBody, int Status, IReadOnlyDictionary<string, string> ResponseHeaders, string ResponseBody)
{
    /// <summary>A client's exchanges in the order they happened.</summary>
    public static IReadOnlyList<Exchange> Of(string client) =>
        [.. Directory.GetFiles(Sightline.Tests.Shared.Require("golden/sqs-wire"), client + "-*.txt").Order(StringComparer.Ordinal).Select(Read)];

    public HttpRequestMessage ToRequest(Uri server, Func<string, string> rewrite)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(rewrite(RequestBody)));
        var request = new HttpRequestMessage(new(RequestLine.Split(' ')[0]), server) { Content = content };
        foreach (var (name, value) in RequestHeaders.Where(h => h.Name != "Content-Length"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                content.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static Exchange Read(string file)
    {
        var text = File.ReadAllText(file).ReplaceLineEndings("\n");
        var cut = text.IndexOf("\n<<< RESPONSE\n", StringComparison.Ordinal);
        var (line, headers, body) = Parse(text[">>> REQUEST\n".Length..cut]);
        var (status, answerHeaders, answer) = Parse(text[(cut + "\n<<< RESPONSE\n".Length)..]);
        return new(Path.GetFileNameWithoutExtension(file), line, headers, body.TrimEnd('\n'), int.Parse(status.Split(' ')[1], null),
            answerHeaders.DistinctBy(h => h.Name, StringComparer.OrdinalIgnoreCase).ToDictionary(h => h.Name, h => h.Value, StringComparer.OrdinalIgnoreCase), answer.Trim());
    }

    private static (string First, List<(string Name, string Value)> Headers, string Body) Parse(string text)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = text[..end].Split('\n');
        return (lines[0], [.. lines.Skip(1).Select(l => l.Split(": ", 2)).Select(p => (p[0], p[1]))], text[(end + 2)..]);
    }
}
