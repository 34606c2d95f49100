using Spectre.Console;

namespace Sightline.App;

/// <summary>The one door to Spectre.Console: a verb that does not draw never loads it.</summary>
internal static class Terminal
{
    public static IAnsiConsole On(Cli cli, TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(writer),
        Ansi = AnsiSupport.Yes, // asked only where the output is a terminal
        ColorSystem = cli.NoColor ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        Interactive = InteractionSupport.Yes,
    });
}
