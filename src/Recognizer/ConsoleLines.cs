using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Sightline.Recognizer;

/// <summary>
/// Log lines on standard output, written at once by who logs: Lambda freezes the process with its answer, and what a thread in the background still had to
/// write would come with the next event.
/// </summary>
internal sealed class ConsoleLines(TextWriter output, TimeProvider time) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Lines(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("there is one place for lines, the console");

    public void Dispose() => output.Flush();

    private void Write(string line)
    {
        var now = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        lock (output)
        {
            output.WriteLine($"{now} {line}");
            output.Flush();
        }
    }

    private sealed class Lines(ConsoleLines all, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and < LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            // One line for each, whatever an exception brings: a line is what CloudWatch keeps apart.
            var why = exception is null ? "" : " " + exception.ToString().ReplaceLineEndings(" | ");
            all.Write($"{Word(logLevel)} {category}: {formatter(state, exception)}{why}");
        }

        private static string Word(LogLevel level) => level switch
        {
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "ERROR",
            _ => "CRITICAL",
        };
    }
}
