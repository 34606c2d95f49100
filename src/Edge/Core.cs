using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>The edge process: takes frames from MQTT, finds the faces, asks the recognizer for names and gives the answers back.</summary>
public static class Core
{
    // Clean stops take less than five seconds in all; the rest is for saying goodbye to the broker.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(4);

    /// <summary>Runs until <paramref name="stop"/>; then takes no more frames, finishes those under way within four seconds, and returns.</summary>
    /// <exception cref="WireException">A setting is wrong: a queue that is not there, a topic filter without a device.</exception>
    /// <exception cref="AssetException">The detector's weights are missing or not what they should be.</exception>
    /// <exception cref="CanaryException">The detector finds something else in a known picture than it should.</exception>
    public static async Task RunAsync(CoreOptions options, CoreStatus status, ILoggerFactory loggers, TimeProvider time, CancellationToken stop)
    {
        try
        {
            await RunAsync(options, status, loggers.CreateLogger("Sightline.Edge"), time, stop);
            status.Ended(null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            status.Ended(null); // told to stop before it had begun
        }
        catch (Exception failure)
        {
            status.Ended(failure);
            throw;
        }
    }

    private static async Task RunAsync(CoreOptions options, CoreStatus status, ILogger logger, TimeProvider time, CancellationToken stop)
    {
        Check(options.Topics);
        var detector = Mtcnn.Load(options.Detector, options.Assets);
        using var sqs = options.Sqs.Connect();
        var requestQueue = await SqsQueue.WaitAsync(sqs, options.RequestQueue, logger, time, stop);
        var responseQueue = await SqsQueue.WaitAsync(sqs, options.ResponseQueue, logger, time, stop);
        status.SendsWork = true;

        using var end = new CancellationTokenSource();
        MqttLink link = null!; // the frames' path publishes on the link that brings the frames
        var memory = new FrameMemory();
        var requests = new SteadyQueue(requestQueue, status, logger, time);
        var own = options.Answers == AnswerPath.Sqs ? new SteadyQueue(responseQueue, status, logger, time) : null;
        var answers = new Answers((message, ct) => link.PublishAsync(message, ct), own, memory, status, logger);
        using var path = new FramePath(options, detector, memory, requests, answers, status, logger, time, end.Token);

        await using (link = new MqttLink(options.Broker, options.ClientId, options.Topics, path.TakeAsync, logger, time))
        {
            status.MqttLink = link;
            await link.StartAsync(stop);
            Log.Ready(logger, string.Join(' ', options.Topics), options.Broker.ToString(), requestQueue.Name, options.Answers.ToString());
            status.BecomeReady();

            var loop = status.ResponseLoop = new ReceiveLoop(logger, time);
            var returning = options.Answers == AnswerPath.Mqtt
                ? loop.RunAsync(responseQueue, new ReceiveOptions(), (batch, ct) => answers.ReturnAsync(responseQueue.Name, batch, ct), stop)
                : Task.Delay(Timeout.InfiniteTimeSpan, time, stop);
            await Task.WhenAny(returning, Task.Delay(Timeout.InfiniteTimeSpan, time, stop)); // told to stop, or a bug ended the loop
            link.StopReceiving();
            await FinishAsync(path, status, logger, time, end); // meanwhile the loop finishes too
            await returning;
        }
    }

    private static async Task FinishAsync(FramePath path, CoreStatus status, ILogger logger, TimeProvider time, CancellationTokenSource end)
    {
        using var grace = new CancellationTokenSource(Grace, time);
        try
        {
            await path.FinishAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            Log.StoppedUnderWay(logger, status.InFlight, Grace.TotalSeconds);
            await end.CancelAsync();
            await path.FinishAsync(CancellationToken.None); // a search cannot be cancelled, and takes far less than this; all else is
        }
    }

    private static void Check(IReadOnlyList<string> filters)
    {
        foreach (var filter in filters)
        {
            if (Topics.ProblemOf(filter) is { } problem) throw new WireException(problem);
            // The core would read its own answers as frames, and answer them.
            if (Topics.DeviceOf(Topics.Answers("x"), filter) is not null)
                throw new WireException($"'{filter}' takes the answers' topics too ({Topics.Answers("<device>")}); wanted a filter for frames alone, such as {Topics.AllFrames}");
        }
    }
}
