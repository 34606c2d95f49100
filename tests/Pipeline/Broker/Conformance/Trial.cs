using System.Text.Json;

namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>One scenario by one client: what it asks, and the queues that it made, which are removed at the end.</summary>
internal sealed class Trial(IClient client, IClient other, bool isForeign) : IAsyncDisposable
{
    private readonly List<string> _urls = [];

    /// <summary>So that nobody's queues are met at a foreign endpoint, nor those of a run that was broken off.</summary>
    private readonly string _run = $"sightline-conformance-{Guid.NewGuid():N}"[..34];
    private int _names;

    /// <summary>Somebody else, for what takes two.</summary>
    public IClient Other => other;

    public string Prefix => _run;

    public string NewName() => $"{_run}-{++_names}";

    /// <summary>For a look at what should not be there: at Amazon only a long poll looks everywhere.</summary>
    private int ShortWait => isForeign ? 1 : 0;

    public Task<JsonElement> CallAsync(string operation, object parameters)
    {
        if (!client.Knows(operation))
            Assert.Skip($"{client.Name} is older than {operation}");
        return client.CallAsync(operation, JsonSerializer.SerializeToElement(parameters));
    }

    public async Task<string> RefusedAsync(string operation, object parameters) =>
        (await Assert.ThrowsAsync<RefusedException>(() => CallAsync(operation, parameters))).Code;

    public Task<string> CreateAsync(params (string Name, string Value)[] attributes) => CreateAsync(NewName(), attributes);

    public async Task<string> CreateAsync(string name, params (string Name, string Value)[] attributes)
    {
        var made = await CallAsync("CreateQueue", new { QueueName = name, Attributes = attributes.ToDictionary(a => a.Name, a => a.Value) });
        RemoveLater(made.Text("QueueUrl"));
        return _urls[^1];
    }

    public void RemoveLater(string url) => _urls.Add(url);

    /// <summary>A queue with dead letters after so many receives.</summary>
    public async Task<(string Url, string DeadUrl, string Arn, string DeadArn)> CreateWithDeadLettersAsync(int maxReceiveCount)
    {
        var dead = await CreateAsync();
        var deadArn = await AttributeAsync(dead, "QueueArn");
        var url = await CreateAsync(("RedrivePolicy", Policy(deadArn, maxReceiveCount)));
        return (url, dead, await AttributeAsync(url, "QueueArn"), deadArn);
    }

    public static string Policy(string deadArn, int maxReceiveCount) => JsonSerializer.Serialize(new { deadLetterTargetArn = deadArn, maxReceiveCount });

    public async Task<string> AttributeAsync(string url, string name) =>
        (await CallAsync("GetQueueAttributes", new { QueueUrl = url, AttributeNames = new[] { name } })).GetProperty("Attributes").Text(name);

    public Task<JsonElement> SendAsync(string url, string body) => CallAsync("SendMessage", new { QueueUrl = url, MessageBody = body });

    public static object Receive(string url, int wait, int? visibility = null, string[]? attributes = null) => visibility is { } seconds
        ? new { QueueUrl = url, MaxNumberOfMessages = 10, WaitTimeSeconds = wait, VisibilityTimeout = seconds, MessageSystemAttributeNames = new[] { "All" }, MessageAttributeNames = attributes ?? [] }
        : new { QueueUrl = url, MaxNumberOfMessages = 10, WaitTimeSeconds = wait, MessageSystemAttributeNames = new[] { "All" }, MessageAttributeNames = attributes ?? [] };

    /// <summary>So many, however many receives that takes: "you might receive fewer", https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html</summary>
    public async Task<IReadOnlyList<JsonElement>> ReceiveAsync(string url, int count, int? visibility = null, string[]? attributes = null)
    {
        var messages = new List<JsonElement>();
        await UntilAsync(async () =>
        {
            messages.AddRange((await CallAsync("ReceiveMessage", Receive(url, 10, visibility, attributes))).List("Messages"));
            return messages.Count >= count;
        });
        Assert.Equal(count, messages.Count);
        return messages;
    }

    public async Task NothingComesAsync(string url) => Assert.Empty((await CallAsync("ReceiveMessage", Receive(url, ShortWait))).List("Messages"));

    /// <summary>Sends it and receives it as often as the policy allows; the next receive finds it in the dead letters.</summary>
    public async Task BuryAsync(string url, string deadUrl, int maxReceiveCount, params string[] bodies)
    {
        foreach (var body in bodies)
            await SendAsync(url, body);
        for (var i = 0; i < maxReceiveCount; i++)
            await ShowAsync(url, await ReceiveAsync(url, bodies.Length));
        await UntilAsync(async () =>
        {
            await NothingComesAsync(url);
            return await AttributeAsync(deadUrl, "ApproximateNumberOfMessages") == $"{bodies.Length}";
        });
    }

    /// <summary>Gives back what was received.</summary>
    public Task ShowAsync(string url, IReadOnlyList<JsonElement> messages) => CallAsync("ChangeMessageVisibilityBatch", new
    {
        QueueUrl = url,
        Entries = messages.Select((m, i) => new { Id = $"{i}", ReceiptHandle = m.Text("ReceiptHandle"), VisibilityTimeout = 0 }),
    });

    /// <summary>At once in the box. At Amazon what is told about queues is some seconds old, a purge takes up to a minute.</summary>
    public Task UntilAsync(Func<Task<bool>> condition) => isForeign ? SlowlyAsync(condition) : Wire.Soon.Until(condition);

    public async ValueTask DisposeAsync()
    {
        foreach (var url in _urls)
        {
            try
            {
                await other.CallAsync("DeleteQueue", JsonSerializer.SerializeToElement(new { QueueUrl = url }));
            }
            catch (RefusedException)
            {
                // The scenario deleted it itself.
            }
        }
    }

    private static async Task SlowlyAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(3));
        using var look = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (!await condition()) await look.WaitForNextTickAsync(patience.Token);
    }
}

/// <summary>Answers by name; clients leave out what is empty.</summary>
internal static class Answers
{
    public static string Text(this JsonElement answer, string name) => Find(answer, name)?.ToString() ?? throw new KeyNotFoundException($"there is no {name} in {answer}");

    public static string? TextOrNone(this JsonElement answer, string name) => Find(answer, name)?.ToString();

    public static IReadOnlyList<JsonElement> List(this JsonElement answer, string name) => Find(answer, name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    public static IReadOnlyList<string> Texts(this JsonElement answer, string name) => [.. answer.List(name).Select(item => item.GetString()!)];

    public static IReadOnlyDictionary<string, string> Map(this JsonElement answer, string name) =>
        Find(answer, name) is { ValueKind: JsonValueKind.Object } map ? map.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!) : new Dictionary<string, string>();

    /// <summary>Whatever the case: the .NET client has QueueUrls where the API says queueUrls.</summary>
    private static JsonElement? Find(JsonElement answer, string name)
    {
        foreach (var property in answer.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && property.Value.ValueKind != JsonValueKind.Null)
                return property.Value;
        }

        return null;
    }
}
