using Sightline.App;

// The one place that reads the environment; everything else takes it from here.
#pragma warning disable RS0030
var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
    .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
#pragma warning restore RS0030

return await CommandLine.RunAsync(args, Cli.OfThisProcess(environment));
