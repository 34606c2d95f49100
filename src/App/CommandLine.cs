using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Sightline.App.Verbs;

namespace Sightline.App;

/// <summary>The command line: its verbs, its help, and what every verb's ending means.</summary>
internal static class CommandLine
{
    private const string Says =
        "Sightline finds and names faces: a camera publishes frames over MQTT, the edge core finds the faces, a recognizer behind SQS names them. Start with `sightline demo`.";

    public static async Task<int> RunAsync(string[] args, Cli cli)
    {
        var root = Build(cli);
        // Responses files (@file) are off: a name or a file may begin with @.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction) return TellUsage(parsed, cli);
        try
        {
            // Signals are each verb's own affair (Stopping); the library's handling would cut a drain short.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = cli.Out,
                Error = cli.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception failure)
        {
            return Tell(failure, cli);
        }
    }

    public static RootCommand Build(Cli cli)
    {
        // In the order in which somebody new meets them.
        var root = new RootCommand(Says)
        {
            DemoVerb.Create(cli),
            Detect.Create(cli),
            Identify.Create(cli),
            Embed.Create(cli),
            Enroll.Create(cli),
            PeopleVerb.Create(cli),
            UpVerb.Create(cli),
            ExplainVerb.Create(cli),
            SendVerb.Create(cli),
            SynthVerb.Create(cli),
            EvalVerb.Create(cli),
            HealthVerb.Create(cli),
            BooksVerb.Create(cli),
            QueueVerb.Create(cli),
            EdgeVerb.Create(cli),
            RecognizeVerb.Create(cli),
            BoxVerb.Create(cli),
            UsersVerb.Create(cli),
            ModelsVerb.Create(cli),
            AssetsVerb.Create(cli),
        };
        Teach(root);
        foreach (var option in root.Options.OfType<VersionOption>()) option.Action = new VersionLine(cli);
        return root;
    }

    private static int TellUsage(ParseResult parsed, Cli cli)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            // `sightline` or `sightline people` alone: nothing was wrong, something was left out.
            command.Parse(["--help"]).Invoke(new InvocationConfiguration { Output = cli.Error });
            return ExitCode.Usage;
        }
        var wrong = parsed.UnmatchedTokens.Count > 0
            ? parsed.UnmatchedTokens.Select(token => $"got '{token}', which {(command.Subcommands.Count > 0 ? "is no verb here" : "has no place here")}")
            : parsed.Errors.Select(error => error.Message).Distinct(StringComparer.Ordinal);
        foreach (var message in wrong) cli.Error.WriteLine($"sightline: {message}");
        cli.Error.WriteLine($"See: sightline {string.Join(' ', PathOf(command).Append("--help"))}");
        return ExitCode.Usage;
    }

    /// <summary>One line for the operator, whatever went wrong; the stack trace only for who asks for it.</summary>
    internal static int Tell(Exception failure, Cli cli)
    {
        while (failure is AggregateException { InnerExceptions: [var only] }) failure = only;
        var page = PageOf(failure);
        var expected = page is not null || failure is Complaint or IOException or UnauthorizedAccessException or OperationCanceledException;
        cli.Error.WriteLine(failure is OperationCanceledException ? "sightline: stopped" : $"sightline: {(expected ? "" : failure.GetType().Name + ": ")}{failure.Message}");
        if (page is not null) cli.Error.WriteLine($"More: {page}");
        if (cli.Debug) cli.Error.WriteLine(failure);
        else if (!expected) cli.Error.WriteLine("That should not happen. SIGHTLINE_DEBUG=1 shows where it happened; please report it with that.");
        return failure is Complaint complaint ? complaint.Code : ExitCode.Failed;
    }

    /// <summary>Where an operator reads on; null for what is no operator's affair.</summary>
    private static string? PageOf(Exception failure) => failure switch
    {
        Faces.AssetException => "docs/operate.md#model-files",
        Faces.CanaryException => "docs/operate.md#the-canary",
        People.GalleryException => "docs/operate.md#the-gallery",
        Wire.WireException => "docs/operate.md#brokers-and-queues",
        Edge.BooksException => "docs/operate.md#the-books",
        Edge.Greengrass.SettingsException or Edge.Greengrass.IpcException => "docs/operate.md#greengrass",
        Broker.BrokerException { IsOfQueueFile: true } => "docs/operate.md#the-file-of-queues",
        Broker.BrokerException { IsOfInboxFile: true } => "docs/operate.md#the-inbox",
        Broker.BrokerException { IsOfFunction: true } => "docs/aws.md#lambda-in-the-box",
        Broker.BrokerException => "docs/operate.md#ports-and-users",
        _ => null,
    };

    private static IEnumerable<string> PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? PathOf(parent).Append(command.Name) : [];

    private static void Teach(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>()) option.Action = new TeachingHelp((HelpAction)option.Action!);
    }

    /// <summary>The library's help, and then what it lacks: examples, variables, exit codes.</summary>
    private sealed class TeachingHelp(HelpAction layout) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            layout.Invoke(parseResult);
            var writer = parseResult.InvocationConfiguration.Output;
            string[] examples = parseResult.CommandResult.Command switch { Verb verb => [.. verb.Examples], RootCommand => ["sightline demo"], _ => [] };
            if (examples.Length > 0) writer.WriteLine(examples.Length == 1 ? "Example:" : "Examples:");
            foreach (var example in examples) writer.WriteLine("  " + example);
            if (examples.Length > 0) writer.WriteLine();
            writer.WriteLine("Every option is also a variable (--min-face 40 is SIGHTLINE_MIN_FACE=40); the command line wins.");
            writer.WriteLine("Exit codes: 0 fine; 1 an honest negative or a failure, told on standard error; 2 wrong usage.");
            return ExitCode.Fine;
        }
    }

    private sealed class VersionLine(Cli cli) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var version = typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            cli.Out.WriteLine($"sightline {version?.Replace("+", ", commit ", StringComparison.Ordinal) ?? "unknown"}");
            return ExitCode.Fine;
        }
    }
}
