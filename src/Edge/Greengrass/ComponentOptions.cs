using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Edge.Greengrass;

public sealed record ComponentOptions
{
    /// <summary>The Unix domain socket of the nucleus: what AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT says. Of the nucleus in Java it is relative to the component's work folder.</summary>
    public required string SocketFile { get; init; }

    /// <summary>Who this component is: what SVCUID says. A secret.</summary>
    public required string Token { get; init; }

    /// <summary>What holds where the component's configuration lacks a key.</summary>
    public required CoreOptions Core { get; init; }
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>In bytes, all of it; 0: any. Nucleus lite takes 10,012 from a component and gives 10,000 to one.</summary>
    public int LargestMessage { get; init; }

    /// <summary>Makes an endpoint of the setting <c>sqs</c>; throws a <see cref="WireException"/> where there is none of that name.</summary>
    public Func<string, SqsEndpoint> Sqs { get; init; } = SqsEndpoint.Parse;

    /// <summary>Told what is to be logged from now on.</summary>
    public Action<LogLevel> OnLogLevel { get; init; } = static _ => { };

    /// <summary>Awaited before each run of the core: fetches the detector's weights where they are missing.</summary>
    public Func<DetectorModel, CancellationToken, Task> Prepare { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>The token is not for every log.</summary>
    public override string ToString() => $"component at {SocketFile}";
}
