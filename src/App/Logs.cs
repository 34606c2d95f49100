using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Sightline.App;

/// <summary>Log lines as they come, on standard error, so that standard output stays the verb's own: <c>16:57:59.287 warn edge: …</c></summary>
internal sealed class Logs(Cli cli) : ILoggerProvider
{
    public static ILoggerFactory ToError(Cli cli, string level) => ToError(cli, new LogSwitch(level));

    public static ILoggerFactory ToError(Cli cli, LogSwitch level) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LogLevel.Trace)
        // Asked for every line.
        .AddFilter((_, line) => line >= level.Level)
        // The web server's own start and stop say nothing that the ready line does not.
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddProvider(new Logs(cli)));

    public ILogger CreateLogger(string categoryName) => new Lines(cli, categoryName.Replace("Sightline.", "", StringComparison.Ordinal).ToLowerInvariant());

    public void Dispose() { }

    // Written at once by who logs, not by a thread in the background: what was logged before the end is there after it, and in order with all else.
    private sealed class Lines(Cli cli, string room) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var why = exception is null ? "" : cli.Debug ? Environment.NewLine + exception : $" ({exception.GetType().Name}: {exception.Message})";
            cli.Error.WriteLine($"{cli.Time.GetLocalNow():HH:mm:ss.fff} {Word(logLevel)} {room}: {formatter(state, exception)}{why}");
        }
    }

    internal static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "ERROR",
    };
}

/// <summary>How much is logged, which may change while it is.</summary>
internal sealed class LogSwitch(string level)
{
    public LogLevel Level { get; set; } = Enum.Parse<LogLevel>(level, ignoreCase: true);
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
            kept._lines.Enqueue($"{Logs.Word(logLevel)}: {formatter(state, exception)}{(exception is null ? "" : $" ({exception.Message})")}");
        }
    }
}
