using System.CommandLine;
using Sightline.App.Evaluation;

namespace Sightline.App.Verbs;

/// <summary><c>sightline eval pairs|identify</c>: how well faces are told apart, on photographs of which it is known who is on them.</summary>
internal static class EvalVerb
{
    public static Command Create(Cli cli) => new("eval", "How well faces are told apart, measured on photographs of which you know who is on them: pairs, identify")
    {
        Pairs(cli), Identify(cli),
    };

    private static Verb Pairs(Cli cli)
    {
        var verb = new Verb(cli, "pairs", "Compare photographs two by two: ROC area, the best threshold, true matches at false-match rates that the data can tell",
            "sightline eval pairs ~/people   (a folder for each person: every pair of photographs)", "sightline eval pairs ~/lfw --out lfw.html", "sightline eval pairs pairs.csv --json");
        var what = verb.Word("WHAT", "A folder with LFW's pairs.txt and PERSON/PERSON_0001.jpg; a folder for each person; or a CSV with fileA,fileB,same (1 or 0), names relative to it");
        var options = EvalOptions.On(verb);
        verb.SetAction(parsed => EvalPairs.RunAsync(cli, parsed.GetValue(what)!, options.Of(parsed)));
        return verb;
    }

    private static Verb Identify(Cli cli)
    {
        var verb = new Verb(cli, "identify", "Look for every photograph among all the others: how often the right person is nearest, how often a name is missed, how often a stranger gets one",
            "sightline eval identify ~/people", "sightline eval identify ~/people --model builtin --out people.html");
        var folder = verb.Word("FOLDER", "FOLDER/<person>/*: photographs of two people or more");
        var options = EvalOptions.On(verb);
        verb.SetAction(parsed => EvalIdentify.RunAsync(cli, parsed.GetValue(folder)!, options.Of(parsed)));
        return verb;
    }
}
