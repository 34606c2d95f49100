using System.Xml.Linq;

namespace Sightline.Pipeline.Broker;

/// <summary>The same for the clients that speak the query protocol: Debian's boto3 1.26 and AWS CLI 2.9.</summary>
public sealed class RecordedQueryClientsTests
{
    private static readonly XNamespace Amazons = "http://queue.amazonaws.com/doc/2012-11-05/";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("boto126", 12)]
    [InlineData("cli29", 10)]
    public async Task A_recorded_client_gets_the_XML_that_it_accepted(string client, int exchanges)
    {
        var handles = new Dictionary<string, string>();
        await Replay.RunAsync(client, exchanges, handles, Uri.EscapeDataString, async (exchange, response) =>
        {
            var xml = await response.Content.ReadAsStringAsync(Ct);
            Assert.True((int)response.StatusCode == exchange.Status, $"{exchange.Name}: {response.StatusCode}: {xml}");
            Assert.Equal("text/xml", response.Content.Headers.ContentType?.ToString());
            var (expected, actual) = (XDocument.Parse(exchange.ResponseBody).Root!, XDocument.Parse(xml).Root!);
            Assert.Equal(response.Headers.GetValues("x-amzn-requestid").Single(), actual.Descendants(Amazons + "RequestId").Single().Value);
            AssertShape(exchange.Name, Flat(expected), Flat(actual), handles);
        });
    }

    private static void AssertShape(string where, SortedDictionary<string, string> expected, SortedDictionary<string, string> actual, Dictionary<string, string> handles)
    {
        // The emulator writes an error's message under two names; Amazon under one.
        expected.Remove("ErrorResponse/Error/message");
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (path, value) in expected)
        {
            var name = path.TrimEnd(']')[(path.TrimEnd(']').LastIndexOfAny(['/', '[']) + 1)..];
            if (name == "ReceiptHandle")
                handles[value] = actual[path];
            else if (RecordedClientsTests.SameValue.Append("Code").Append("Type").Contains(name))
                Assert.True(value == actual[path], $"{where} {path}: {actual[path]}, not {value}");
        }
    }

    /// <summary>Every leaf by its path: items of a map by their name, of a list by their number.</summary>
    private static SortedDictionary<string, string> Flat(XElement root)
    {
        var leaves = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Walk(root, root.Name.LocalName);
        return leaves;

        void Walk(XElement element, string path)
        {
            Assert.Equal(Amazons, element.Name.Namespace);
            if (!element.HasElements)
                leaves.Add(path, element.Value);
            foreach (var group in element.Elements().GroupBy(e => e.Name.LocalName))
            {
                foreach (var (item, index) in group.Select((item, index) => (item, index)))
                {
                    if (item.Element(Amazons + "Name") is { } name)
                        Walk(item.Element(Amazons + "Value")!, $"{path}/{group.Key}[{name.Value}]");
                    else
                        Walk(item, group.Count() == 1 ? $"{path}/{group.Key}" : $"{path}/{group.Key}/{index}");
                }
            }
        }
    }
}
