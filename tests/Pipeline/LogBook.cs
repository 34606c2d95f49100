using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Sightline.Pipeline;

/// <summary>Everything that was logged, for tests that ask and for the rig, which fails on errors.</summary>
internal sealed class LogBook : ILoggerFactory
{
    private readonly ConcurrentQueue<Line> _lines = new();

    public sealed record Line(string Room, LogLevel Level, string Text, Exception? Exception)
    {
        public override string ToString() => $"{Level} {Room}: {Text}{(Exception is null ? "" : Environment.NewLine + Exception)}";
    }

    public IReadOnlyList<Line> Lines => [.. _lines];
    public IEnumerable<Line> Errors => _lines.Where(line => line.Level >= LogLevel.Error);

    public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
        // Nothing to write out.
    }

    private sealed class Writer(LogBook book, string room) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            book._lines.Enqueue(new Line(room, logLevel, formatter(state, exception), exception));
    }
}
