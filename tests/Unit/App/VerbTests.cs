using System.CommandLine;
using Sightline.App;

namespace Sightline.Unit.App;

public sealed class VerbTests
{
    [Theory]
    [InlineData("--gallery", "SIGHTLINE_GALLERY")]
    [InlineData("--mqtt-port", "SIGHTLINE_MQTT_PORT")]
    public void Every_option_is_a_variable_too(string option, string variable) => Assert.Equal(variable, Verb.VariableOf(option));

    [Fact]
    public void The_default_yields_to_the_environment_and_the_environment_to_the_command_line()
    {
        Assert.Equal(20, MinFace());
        Assert.Equal(30, MinFace([("SIGHTLINE_MIN_FACE", "30")]));
        Assert.Equal(40, MinFace([("SIGHTLINE_MIN_FACE", "30")], "--min-face", "40"));
    }

    [Fact]
    public void An_empty_variable_is_an_unset_one() => Assert.Equal(20, MinFace([("SIGHTLINE_MIN_FACE", "")]));

    [Fact]
    public void A_switch_is_on_when_it_is_given_and_can_be_given_a_value()
    {
        Assert.False(Json());
        Assert.True(Json([], "--json"));
        Assert.True(Json([("SIGHTLINE_JSON", "1")]));
        Assert.False(Json([("SIGHTLINE_JSON", "1")], "--json", "false"));
    }

    [Fact]
    public void A_list_comes_from_repetition_or_from_commas()
    {
        Assert.Equal(["clients/+"], Topics());
        Assert.Equal(["a/+", "b/+"], Topics([("SIGHTLINE_TOPIC", "a/+, b/+")]));
        Assert.Equal(["c/+", "d/+"], Topics([("SIGHTLINE_TOPIC", "a/+")], "--topic", "c/+", "--topic", "d/+"));
    }

    [Theory]
    [InlineData("--min-face", "0", "--min-face: got '0', wanted a whole number from 12 to 100")]
    [InlineData("--min-face", "big", "--min-face: got 'big', wanted a whole number from 12 to 100")]
    [InlineData("--answers", "post", "--answers: got 'post', wanted mqtt or sqs")]
    public void A_wrong_value_says_what_was_got_and_what_was_wanted(string option, string value, string message)
    {
        var (verb, _, _, _) = Made([]);
        Assert.Contains(message, verb.Parse([option, value]).Errors.Select(error => error.Message));
    }

    [Fact]
    public void A_wrong_variable_says_which_one()
    {
        var (verb, _, _, _) = Made([("SIGHTLINE_MIN_FACE", "huge")]);
        Assert.Contains("SIGHTLINE_MIN_FACE in the environment: got 'huge', wanted a whole number from 12 to 100", verb.Parse([]).Errors.Select(error => error.Message));
    }

    private static int MinFace((string, string)[]? environment = null, params string[] args)
    {
        var (verb, minFace, _, _) = Made(environment ?? []);
        return verb.Parse(args).GetValue(minFace);
    }

    private static bool Json((string, string)[]? environment = null, params string[] args)
    {
        var (verb, _, json, _) = Made(environment ?? []);
        return verb.Parse(args).GetValue(json);
    }

    private static string[] Topics((string, string)[]? environment = null, params string[] args)
    {
        var (verb, _, _, topics) = Made(environment ?? []);
        return verb.Parse(args).GetValue(topics)!;
    }

    private static (Verb Verb, Option<int> MinFace, Option<bool> Json, Option<string[]> Topics) Made((string, string)[] environment)
    {
        var verb = new Verb(new Lines(environment).Cli, "look", "");
        verb.Choice("--answers", "mqtt", "", "mqtt", "sqs");
        return (verb, verb.Number("--min-face", 20, 12, 100, ""), verb.Switch("--json", ""), verb.Texts("--topic", ["clients/+"], "FILTER", ""));
    }
}
