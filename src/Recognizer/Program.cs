using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.People;
using Sightline.Recognizer;
using Sightline.Wire;

// The one place that reads the environment; everything else takes options.
#pragma warning disable RS0030
var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
    .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
#pragma warning restore RS0030

using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ ")));
try
{
    await Worker.RunAsync(Settings.From(environment), new WorkerStatus(), loggers, TimeProvider.System, stopping.Token);
    return 0;
}
catch (Exception wrong) when (wrong is WireException or AssetException or CanaryException or GalleryException)
{
    await Console.Error.WriteLineAsync($"recognizer: {wrong.Message}");
    return 1;
}

void Stop(PosixSignalContext signal)
{
    if (stopping.IsCancellationRequested) return; // the second one ends the process at once
    signal.Cancel = true;
    stopping.Cancel();
}
