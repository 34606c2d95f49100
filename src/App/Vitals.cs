using Sightline.Broker;
using Sightline.Edge;
using Sightline.Edge.Greengrass;
using Sightline.Recognizer;
using Sightline.Web;

namespace Sightline.App;

/// <summary>How each part is, in a few words, for GET /health.</summary>
internal static class Vitals
{
    public static PartHealth Of(InboxStatus inbox)
    {
        var holds = $"{inbox.Frames} frames wait, {inbox.Bytes >> 20} of {inbox.MaxBytes >> 20} MiB";
        return new("mqtt inbox", inbox.Trouble is null, inbox.Trouble is { } trouble ? $"{trouble}; {holds}" : holds);
    }

    public static IReadOnlyList<PartHealth> Of(CoreStatus core) =>
    [
        Link("core: mqtt", core.Ready, core.MqttConnected, $"connected; {core.Accepted} frames taken, {core.InFlight} in work", "not connected to the broker; it keeps trying"),
        Link("core: sqs", core.Ready, core.SqsConnected, "the last send succeeded", $"the last send to the queue failed; it keeps trying, and {Wording.Count(core.Spooled, "request")} wait in the spool"),
        Link("core: books", core.Ready, !core.BooksFailing, $"every frame is entered; {core.Duplicate} duplicates", "the disk refuses them, and nothing is acknowledged; the log says why"),
    ];

    public static IReadOnlyList<PartHealth> Of(ComponentStatus component) =>
    [
        .. Of(component.Core),
        new("greengrass: ipc", component.NucleusConnected, component.NucleusConnected ? "connected" : "not connected to the nucleus; it keeps trying"),
        new("greengrass: settings", component.WrongSettings is null, component.WrongSettings ?? "in force"),
    ];

    public static IReadOnlyList<PartHealth> Of(WorkerStatus worker) =>
    [
        Link("recognizer", worker.Ready, !worker.IsOut, $"{worker.People} people, {worker.Answered} answers given", "a queue does not answer; it keeps trying"),
    ];

    public static IReadOnlyList<PartHealth> Of(LambdaStatus lambda) =>
    [
        Link("recognizer", lambda.Ready, true, $"as a Lambda function: {lambda.Server?.Processes.Count ?? 0} processes, {lambda.Server?.Invocations ?? 0} invocations, {lambda.Server?.Failures ?? 0} requests came again", ""),
    ];

    private static PartHealth Link(string name, Task ready, bool connected, string well, string unwell) =>
        ready.IsFaulted ? new(name, false, ready.Exception!.InnerException!.Message)
        : !ready.IsCompletedSuccessfully ? new(name, false, "not ready yet")
        : new(name, connected, connected ? well : unwell);
}
