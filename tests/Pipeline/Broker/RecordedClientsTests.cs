using System.Globalization;
using System.Text.Json;

namespace Sightline.Pipeline.Broker;

/// <summary>The recorded requests of clients that speak AWS JSON, byte for byte, are answered in the shape that those clients accepted.</summary>
public sealed class RecordedClientsTests
{
    /// <summary>Where the value itself must be the recorded one, not only be there.</summary>
    internal static readonly string[] SameValue =
    [
        "MD5OfMessageBody", "MD5OfBody", "MD5OfMessageAttributes", "Body", "Id", "DataType", "StringValue", "BinaryValue", "__type", "ApproximateReceiveCount",
        "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed", "DelaySeconds", "MaximumMessageSize",
        "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("net", 14)]
    [InlineData("boto143", 12)]
    [InlineData("cli145", 10)]
    public async Task A_recorded_client_gets_the_answers_that_it_accepted(string client, int exchanges)
    {
        var handles = new Dictionary<string, string>();
        await Replay.RunAsync(client, exchanges, handles, static handle => handle, async (exchange, response) =>
        {
            Assert.True((int)response.StatusCode == exchange.Status, $"{exchange.Name}: {response.StatusCode}");
            Assert.Equal("application/x-amz-json-1.0", response.Content.Headers.ContentType?.ToString());
            Assert.True(response.Headers.Contains("x-amzn-requestid"));
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
            if (exchange.ResponseHeaders.TryGetValue("x-amzn-query-error", out var code))
                Assert.Equal(code, response.Headers.GetValues("x-amzn-query-error").Single());
            using var expected = JsonDocument.Parse(exchange.ResponseBody);
            using var actual = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
            AssertShape(exchange.Name, expected.RootElement, actual.RootElement, handles);
        });
    }

    private static void AssertShape(string where, JsonElement expected, JsonElement actual, Dictionary<string, string> handles)
    {
        Assert.True(expected.ValueKind == actual.ValueKind, $"{where}: {actual.ValueKind}, not {expected.ValueKind}");
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                // The emulator writes an error's message under two names; Amazon under one.
                var keys = expected.EnumerateObject().Select(p => p.Name).Where(k => k != "Message" || !expected.TryGetProperty("__type", out _)).ToList();
                Assert.Equal(keys.Order(), actual.EnumerateObject().Select(p => p.Name).Order());
                keys.ForEach(k => AssertShape($"{where}.{k}", expected.GetProperty(k), actual.GetProperty(k), handles));
                break;
            case JsonValueKind.Array:
                Assert.Equal(expected.GetArrayLength(), actual.GetArrayLength());
                foreach (var (e, a, i) in expected.EnumerateArray().Zip(actual.EnumerateArray()).Select((p, i) => (p.First, p.Second, i)))
                    AssertShape($"{where}[{i.ToString(CultureInfo.InvariantCulture)}]", e, a, handles);
                break;
            case JsonValueKind.String when SameValue.Contains(where[(where.LastIndexOf('.') + 1)..]):
                Assert.True(expected.GetString() == actual.GetString(), $"{where}: {actual}, not {expected}");
                break;
            case JsonValueKind.String when where.EndsWith(".ReceiptHandle", StringComparison.Ordinal):
                handles[expected.GetString()!] = actual.GetString()!;
                break;
        }
    }
}
