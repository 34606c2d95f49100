using Microsoft.Extensions.Logging;

namespace Sightline.Pipeline.Wire;

/// <summary>A log that a test can read: one string a line, the level in front.</summary>
internal sealed class Lines : ILoggerFactory, ILogger
{
    private readonly List<string> _written = [];

    public IReadOnlyList<string> Written
    {
        get { lock (_written) return [.. _written]; }
    }

    public IEnumerable<string> Errors => Written.Where(line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_written) _written.Add($"{logLevel} {formatter(state, exception)}{(exception is null ? "" : " " + exception.Message)}");
    }

    public void Dispose() { }
}
