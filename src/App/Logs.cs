using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Sightline.App;

/// <summary>Where log lines go: always standard error, so that standard output stays the verb's own.</summary>
internal static class Logs
{
    public static ILoggerFactory ToError(Cli cli, string level) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(Enum.Parse<LogLevel>(level, ignoreCase: true))
        // The server's own start and stop say nothing that the ready line does not.
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.TimestampFormat = "HH:mm:ss.fff ";
            format.ColorBehavior = cli.ErrorIsTerminal && !cli.NoColor ? LoggerColorBehavior.Default : LoggerColorBehavior.Disabled;
        })
        .Services.ConfigureConsole());

    private static void ConfigureConsole(this Microsoft.Extensions.DependencyInjection.IServiceCollection services) =>
        Microsoft.Extensions.DependencyInjection.OptionsServiceCollectionExtensions.Configure<ConsoleLoggerOptions>(services, options => options.LogToStandardErrorThreshold = LogLevel.Trace);
}

/// <summary>Keeps warnings for later: while a table is drawn, a line in between would tear it.</summary>
internal sealed class KeptLogs : ILoggerProvider
{
    private const int Most = 20; // as many as a person reads; the first ones tell the cause

    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Keeper(this);

    public void Dispose() { }

    private sealed class Keeper(KeptLogs kept) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel) || kept._lines.Count >= Most) return;
            kept._lines.Enqueue($"{logLevel.ToString().ToLowerInvariant()}: {formatter(state, exception)}{(exception is null ? "" : $" ({exception.Message})")}");
        }
    }
}
