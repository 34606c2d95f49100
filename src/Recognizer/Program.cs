using System.Runtime.InteropServices;
using Sightline.Faces;
using Sightline.People;
using Sightline.Recognizer;
using Sightline.Recognizer.Lambda;
using Sightline.Wire;

// The one place that reads the environment; everything else takes options.
#pragma warning disable RS0030
var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
    .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
#pragma warning restore RS0030

using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var loggers = new ConsoleLines(Console.Out, TimeProvider.System);
try
{
    if (environment.TryGetValue(FunctionSettings.RuntimeApi, out var lambda) && lambda.Length > 0)
        await LambdaFunction.RunAsync(lambda, () => FunctionSettings.From(environment), loggers, TimeProvider.System, stopping.Token);
    else
        await Worker.RunAsync(Settings.From(environment), new WorkerStatus(), loggers, TimeProvider.System, stopping.Token);
    return 0;
}
catch (Exception wrong) when (wrong is AssetException or CanaryException or GalleryException || SqsQueue.IsOutage(wrong))
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
