using System.CommandLine;
using Amazon.SQS;
using Sightline.Wire;

namespace Sightline.App;

/// <summary>How the verbs about queues get at them: as the parts of the system do, and with an error that says where was asked.</summary>
internal sealed class QueueReach
{
    private readonly QueueOptions _options;

    private QueueReach(QueueOptions options) => _options = options;

    public static QueueReach On(Verb verb)
    {
        StackOption.On(verb);
        return new(QueueOptions.On(verb, "that of `sightline up`"));
    }

    /// <param name="parsed">Says where.</param>
    /// <param name="work">Ctrl-C is its token's; what it holds it gives back all the same.</param>
    public async Task<int> RunAsync(ParseResult parsed, Func<Reached, CancellationToken, Task<int>> work)
    {
        using var stopping = Stopping.OnSignals(_options.Cli);
        var endpoint = _options.Of(parsed);
        using var sqs = endpoint.Connect();
        try
        {
            return await work(new(sqs, parsed.GetValue(_options.RequestQueue!)!, parsed.GetValue(_options.ResponseQueue)!), stopping.Token);
        }
        catch (Exception failure) when (SqsQueue.IsOutage(failure) && failure is not (WireException or OperationCanceledException))
        {
            throw new WireException($"SQS at {endpoint} cannot be asked: {failure.GetBaseException().Message}; is `sightline up` running there? --sqs URL asks elsewhere", failure);
        }
    }
}

/// <summary>The queues at the end of the way; each is opened when it is asked for.</summary>
internal sealed record Reached(IAmazonSQS Sqs, string RequestQueue, string ResponseQueue)
{
    /// <exception cref="WireException">There is no such queue.</exception>
    public Task<SqsQueue> OpenAsync(string nameOrUrl, CancellationToken ct) => SqsQueue.OpenAsync(Sqs, nameOrUrl, ct);

    public async Task<SqsQueue[]> OursAsync(CancellationToken ct) => [await OpenAsync(RequestQueue, ct), await OpenAsync(ResponseQueue, ct)];

    /// <exception cref="WireException">Neither queue has any.</exception>
    public async Task<DeadLetters> DeadLettersAsync(CancellationToken ct)
    {
        var ours = await OursAsync(ct);
        var letters = await DeadLetters.OpenAsync(Sqs, ours, ct);
        if (letters.Queues.Count > 0) return letters;
        await letters.DisposeAsync();
        throw new WireException($"neither {ours[0].Name} nor {ours[1].Name} has a RedrivePolicy, so there are no dead letters: what fails there comes for ever; give both one");
    }
}
