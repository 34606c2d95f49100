using Microsoft.Extensions.Logging;

namespace Sightline.Unit.Wire;

/// <summary>A log that a test can read.</summary>
internal sealed class Lines : ILogger
{
    public List<string> Written { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (Written) Written.Add(formatter(state, exception));
    }
}
