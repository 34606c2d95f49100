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

    /// <summary>Work on photographs, off the caller's thread, with a bar on standard error where that is a terminal.</summary>
    /// <param name="cli">Whose standard error.</param>
    /// <param name="photographs">How many.</param>
    /// <param name="work">Says each time when one is done; from any thread.</param>
    public static async Task WithProgressAsync(Cli cli, int photographs, Action<Action> work)
    {
        if (!cli.ErrorIsTerminal)
        {
            await Task.Run(() => work(() => { }));
            return;
        }
        await On(cli, cli.Error).Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .AutoClear(true)
            .StartAsync(bars =>
            {
                var bar = bars.AddTask(Wording.Count(photographs, "photograph"), maxValue: photographs);
                return Task.Run(() => work(() => bar.Increment(1)));
            });
    }
}
