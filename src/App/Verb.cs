using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Sightline.App;

internal delegate bool TryParse<T>(string text, out T value);

/// <summary>
/// A command whose every option has a default and a variable: <c>--mqtt-port</c> is SIGHTLINE_MQTT_PORT.
/// The command line wins over the environment, the environment over the default.
/// </summary>
internal sealed class Verb(Cli cli, string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;

    public Cli Cli { get; } = cli;

    /// <summary>Asked for what neither the command line nor the environment says, before the defaults.</summary>
    public StackOption? Stack { get; set; }

    public static string VariableOf(string option) => "SIGHTLINE_" + option.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    public Option<int> Number(string option, int fallback, int from, int to, string says) =>
        Setting(option, fallback, says, "N", $"a whole number from {from} to {to}",
            (string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= from && value <= to);

    public Option<double> Real(string option, double fallback, double from, double to, string says) =>
        Setting(option, fallback, says, "N", string.Create(CultureInfo.InvariantCulture, $"a number from {from} to {to}"),
            (string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value >= from && value <= to);

    /// <summary>As <see cref="Real"/>, for what may be absent.</summary>
    public Option<double?> RealOrNone(string option, double from, double to, string says) =>
        Setting<double?>(option, null, says, "N", string.Create(CultureInfo.InvariantCulture, $"a number from {from} to {to}"),
            (string text, out double? value) =>
            {
                value = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
                return value >= from && value <= to;
            });

    public Option<bool> Switch(string option, string says)
    {
        var made = Setting(option, false, says, "", "true or false", TryParseSwitch);
        made.Arity = ArgumentArity.ZeroOrOne;
        return made;
    }

    public Option<string> Text(string option, string fallback, string helpName, string says) =>
        Setting(option, fallback, says, helpName, "a text", (string text, out string value) => (value = text).Length > 0);

    /// <summary>An option that may be absent: its default depends on other things, which <paramref name="says"/> tells.</summary>
    public Option<string?> Optional(string option, string helpName, string says) =>
        Setting<string?>(option, null, says, helpName, "a text", (string text, out string? value) => (value = text).Length > 0);

    /// <summary>A number that may be left out behind its option; to be read with <see cref="Given"/>.</summary>
    public Option<int?> NumberOrNone(string option, int fallback, int from, int to, string helpName, string says)
    {
        var made = Setting<int?>(option, null, says, helpName, string.Create(CultureInfo.InvariantCulture, $"a whole number from {from} to {to}, or nothing for {fallback}"), TryNumber);
        made.Arity = ArgumentArity.ZeroOrOne;
        return made;

        bool TryNumber(string text, out int? value)
        {
            value = text == "true" ? fallback : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to ? number : null;
            return value is not null;
        }
    }

    /// <summary>Null where neither the command line nor the environment has the option. The library calls no parser for an option alone.</summary>
    public static int? Given(ParseResult parsed, Option<int?> option, int fallback) =>
        parsed.GetResult(option) is { Implicit: false, Tokens.Count: 0 } ? fallback : parsed.GetValue(option);

    public Option<string> Choice(string option, string fallback, string says, params string[] words) =>
        Setting(option, fallback, says, string.Join('|', words), string.Join(" or ", words),
            (string text, out string value) => words.Contains(value = text, StringComparer.Ordinal));

    /// <summary>As <see cref="Choice"/>, for what may be absent.</summary>
    public Option<string?> ChoiceOrNone(string option, string says, params string[] words) =>
        Setting<string?>(option, null, says, string.Join('|', words), string.Join(" or ", words),
            (string text, out string? value) => words.Contains(value = text, StringComparer.Ordinal));

    /// <summary>An option that may be given again and again; in its variable the values are joined by commas.</summary>
    public Option<string[]> Texts(string option, string[] fallback, string helpName, string says)
    {
        var made = new Option<string[]>(option)
        {
            Description = says,
            HelpName = helpName,
            DefaultValueFactory = _ => Cli.Variable(VariableOf(option))?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? fallback,
        };
        Add(made);
        return made;
    }

    public Argument<string[]> Words(string label, string says, bool required = true)
    {
        var made = new Argument<string[]>(label) { Description = says, Arity = required ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore };
        made.Validators.Add(RefuseOptions);
        Add(made);
        return made;
    }

    public Argument<string> Word(string label, string says)
    {
        var made = new Argument<string>(label) { Description = says };
        made.Validators.Add(RefuseOptions);
        Add(made);
        return made;
    }

    public Argument<string?> WordOrNone(string label, string says)
    {
        var made = new Argument<string?>(label) { Description = says, Arity = ArgumentArity.ZeroOrOne };
        made.Validators.Add(RefuseOptions);
        Add(made);
        return made;
    }

    // The library takes a mistyped option for a file name; "no such file: --min-fcae" would teach nothing.
    private static void RefuseOptions(ArgumentResult result)
    {
        foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
            result.AddError($"there is no option {token.Value} here (a file of that name is ./{token.Value})");
    }

    /// <summary>A text of which "" counts as absent, so that a variable can be switched off; every parser here refuses the empty text.</summary>
    private Option<T> Setting<T>(string option, T fallback, string says, string helpName, string wanted, TryParse<T> tryParse)
    {
        var made = new Option<T>(option) { Description = says, CustomParser = FromTokens, DefaultValueFactory = FromEnvironment };
        if (helpName.Length > 0) made.HelpName = helpName;
        Add(made);
        return made;

        T FromTokens(ArgumentResult result) =>
            result.Tokens is [var token]
                ? Parsed(token.Value, option, result)
                : Parsed("true", option, result); // a switch without a value; every other option has exactly one

        T FromEnvironment(ArgumentResult result) =>
            Cli.Variable(VariableOf(option)) is { } text ? Parsed(text, VariableOf(option) + " in the environment", result)
            : Stack?.TextFor(option, result) is { } put ? Parsed(put, "--stack", result)
            : fallback;

        T Parsed(string text, string where, ArgumentResult result)
        {
            if (tryParse(text, out var value)) return value;
            result.AddError($"{where}: got '{text}', wanted {wanted}");
            return fallback;
        }
    }

    private static bool TryParseSwitch(string text, out bool value)
    {
        value = text is "1" or "true" or "yes";
        return value || text is "0" or "false" or "no";
    }
}
