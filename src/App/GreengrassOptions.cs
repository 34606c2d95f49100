using System.CommandLine;
using Sightline.Edge;
using Sightline.Edge.Greengrass;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.App;

/// <summary><c>edge --greengrass</c>: the core as a component, which the nucleus tells who it is by variables and what it does by its configuration.</summary>
internal sealed record GreengrassOptions(Cli Cli, Option<bool> Switch, Option<int> LargestMessage)
{
    // https://docs.aws.amazon.com/greengrass/v2/developerguide/component-environment-variables.html
    private const string SocketFile = "AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT";
    private const string Token = "SVCUID";

    public static GreengrassOptions On(Verb verb) => new(
        verb.Cli,
        verb.Switch("--greengrass", "Run as a component of AWS IoT Greengrass: what its configuration says wins over every other option, and changes while it runs"),
        verb.Number("--ipc-limit", 0, 0, EventStreamLimit, "With --greengrass: the largest message that is sent to the nucleus, in bytes; nucleus lite takes about 10000; 0: any"));

    // What a message of the protocol can be at most: aws-c-event-stream, AWS_EVENT_STREAM_MAX_MESSAGE_SIZE.
    private const int EventStreamLimit = 24 << 20;

    /// <exception cref="Complaint">This process was not started by a nucleus.</exception>
    public ComponentOptions Of(ParseResult parsed, CoreOptions core, LogSwitch logging, QueueOptions queues) => new()
    {
        SocketFile = Given(SocketFile),
        Token = Given(Token),
        Core = core,
        LogLevel = logging.Level,
        LargestMessage = parsed.GetValue(LargestMessage),
        Sqs = text => queues.Signed(SqsEndpoint.Parse(text), parsed),
        OnLogLevel = level => logging.Level = level,
        Prepare = (detector, cancel) => new Models(detector, FaceModel.Builtin).PrepareDetectorAsync(Cli, cancel),
    };

    public static Task<int> RunAsync(Cli cli, int httpPort, LogSwitch logging, ComponentOptions component)
    {
        var status = new ComponentStatus();
        return Serving.RunAsync(cli, httpPort, logging, static (_, _) => Task.CompletedTask,
            (logs, stop) => Component.RunAsync(component, status, logs, cli.Time, stop), status.Ready, () => Vitals.Of(status),
            web => $"ready core nucleus={component.SocketFile} mqtt={status.Options!.Broker} sqs={status.Options.Sqs} topics={string.Join(',', status.Options.Topics)} detector={status.Options.Detector.Name} http={web}");
    }

    private string Given(string variable) => Cli.Variable(variable) ??
        throw Complaint.Usage($"--greengrass: {variable} is not set; the nucleus sets it for its components, so let it start this one (docs/greengrass.md), or leave out --greengrass");
}
