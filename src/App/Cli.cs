using Sightline.Faces;

namespace Sightline.App;

/// <summary>What a verb may touch of the process it runs in. Tests hand over writers and an environment of their own.</summary>
internal sealed record Cli
{
    public required IReadOnlyDictionary<string, string> Environment { get; init; }
    public required TextReader In { get; init; }
    public required TextWriter Out { get; init; }
    public required TextWriter Error { get; init; }
    public bool InIsTerminal { get; init; }
    public bool OutIsTerminal { get; init; }
    public bool ErrorIsTerminal { get; init; }
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static Cli OfThisProcess(IReadOnlyDictionary<string, string> environment) => new()
    {
        Environment = environment,
        In = Console.In,
        Out = Console.Out,
        Error = Console.Error,
        InIsTerminal = !Console.IsInputRedirected,
        OutIsTerminal = !Console.IsOutputRedirected && IsCapable(environment),
        ErrorIsTerminal = !Console.IsErrorRedirected && IsCapable(environment),
    };

    /// <summary>The variable's value; null where it is unset or empty, which means the same.</summary>
    public string? Variable(string name) => Environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    public bool Debug => Variable("SIGHTLINE_DEBUG") is not (null or "0");

    /// <summary>https://no-color.org: any value that is not empty.</summary>
    public bool NoColor => Variable("NO_COLOR") is not null;

    public string Home => Variable("HOME") ?? System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);

    /// <summary>Where downloads go: the XDG base directory specification's cache home.</summary>
    public string CacheFolder => Path.Combine(XdgFolder("XDG_CACHE_HOME", ".cache"), "sightline");

    /// <summary>Where the gallery lies: as `up --data` was told through its variable, else in the XDG base directory specification's data home.</summary>
    public string DataFolder => Variable(Verb.VariableOf("--data")) is { } folder ? Path.GetFullPath(folder) : Path.Combine(XdgFolder("XDG_DATA_HOME", ".local/share"), "sightline");

    public AssetStore Assets => new(Variable("SIGHTLINE_ASSETS") is { } folder ? [Path.GetFullPath(folder), CacheFolder] : [CacheFolder]);

    // The specification: a path that is not absolute is to be ignored.
    private string XdgFolder(string variable, string beneathHome) =>
        Variable(variable) is { } folder && Path.IsPathRooted(folder) ? folder : Path.Combine(Home, beneathHome);

    // A terminal that calls itself dumb (an editor's shell, some CI) draws no table.
    private static bool IsCapable(IReadOnlyDictionary<string, string> environment) => environment.GetValueOrDefault("TERM") != "dumb";
}
