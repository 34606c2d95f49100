using System.CommandLine;
using System.CommandLine.Help;
using Sightline.App;

namespace Sightline.Unit.App;

public sealed class CommandLineTests
{
    public static TheoryData<string> Verbs => [.. Leaves(CommandLine.Build(new Lines().Cli)).Select(leaf => leaf.Path)];

    [Fact]
    public void All_verbs_are_there() => Assert.Equal(
        [
            "demo", "detect", "identify", "embed", "enroll", "people list", "people rename", "people remove", "people import", "people publish", "people calibrate", "people archives", "up", "explain", "send", "synth", "eval pairs", "eval identify", "health", "books", "queue list", "queue peek", "queue dead list", "queue dead show", "queue dead replay", "queue dead purge",
            "edge", "recognize", "box",
            "users add", "users key", "models list", "models use", "models import", "models verify", "assets list", "assets pull", "assets verify",
        ],
        Leaves(CommandLine.Build(new Lines().Cli)).Select(leaf => leaf.Path));

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task The_help_of_every_verb_has_an_example_that_parses(string path)
    {
        var lines = new Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync([.. path.Split(' '), "--help"]));
        Assert.Contains("Example", lines.Out, StringComparison.Ordinal);
        Assert.Empty(lines.Error);

        var root = CommandLine.Build(lines.Cli);
        var verb = (Verb)Leaves(root).Single(leaf => leaf.Path == path).Command;
        Assert.Contains(verb.Examples, example => example.StartsWith($"sightline {path}", StringComparison.Ordinal));
        using var outputs = new StackOutputs();
        foreach (var example in verb.Examples.Where(example => example.StartsWith("sightline ", StringComparison.Ordinal)))
        {
            var typed = example.Split("   ")[0]["sightline ".Length..].Replace("outputs.json", outputs.File, StringComparison.Ordinal);
            Assert.True(root.Parse(typed).Errors.Count == 0, $"{example}: {string.Join("; ", root.Parse(typed).Errors)}");
        }
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_option_says_what_it_is_for_and_has_a_default(string path)
    {
        var verb = Leaves(CommandLine.Build(new Lines().Cli)).Single(leaf => leaf.Path == path).Command;
        Assert.All(verb.Options.Where(option => option is not HelpOption), option =>
        {
            Assert.False(string.IsNullOrWhiteSpace(option.Description), option.Name);
            Assert.True(option.HasDefaultValue, option.Name);
            Assert.False(option.Required, option.Name);
        });
        Assert.All(verb.Arguments, argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description), argument.Name));
    }

    [Theory]
    [InlineData("got 'detct', which is no verb here", "detct")]
    [InlineData("got 'lst', which is no verb here", "people", "lst")]
    [InlineData("there is no option --min-fcae here", "detect", "a.jpg", "--min-fcae")]
    [InlineData("--from", "enroll", "Ada", "--from", "people")]
    [InlineData("--listen 192.0.2.1: anybody in the network could", "up", "--listen", "192.0.2.1", "--gallery", "none/gallery.db")]
    [InlineData("--listen: got 'here'", "up", "--listen", "here")]
    [InlineData("--sqs: got 'amazon'", "recognize", "--sqs", "amazon")]
    [InlineData("2 photographs do not fit on one picture", "detect", "a.jpg", "b.jpg", "--draw", "out.png")]
    [InlineData("what is before the camera?", "send")]
    [InlineData("got --ca root.pem and --broker mqtt://127.0.0.1:1883; wanted mqtts://", "edge", "--ca", "root.pem")]
    [InlineData("AWS IoT Core takes TLS alone", "edge", "--broker", "mqtt://a1b2-ats.iot.eu-west-1.amazonaws.com")]
    [InlineData("AWS IoT Core wants the certificate of a thing", "send", "a.jpg", "--broker", "mqtts://a1b2-ats.iot.eu-west-1.amazonaws.com")]
    [InlineData("AWS IoT Core wants the certificate of a thing", "send", "a.jpg", "--broker", "mqtts://localhost", "--aws-iot", "yes")]
    [InlineData("--discover wants the certificate of the thing", "send", "a.jpg", "--discover")]
    [InlineData("--discover wants to know where to ask", "send", "a.jpg", "--discover", "--cert", "c", "--key", "k")]
    [InlineData("--region: got 'evil.example/', wanted one such as eu-west-1", "send", "a.jpg", "--discover", "--cert", "c", "--key", "k", "--region", "evil.example/")]
    [InlineData("--discovery-url: got 'http://host', wanted https://", "send", "a.jpg", "--discover", "--cert", "c", "--key", "k", "--discovery-url", "http://host")]
    [InlineData("got --discover and --broker mqtt://host", "send", "a.jpg", "--discover", "--broker", "mqtt://host")]
    [InlineData("got a.jpg and --synthetic", "send", "a.jpg", "--synthetic")]
    [InlineData("--synthetic: got 'a.jpg', wanted a whole number", "send", "--synthetic", "a.jpg")]
    [InlineData("got --synthetic and --photographs", "demo", "--synthetic", "--photographs")]
    [InlineData("got people and --synthetic", "demo", "people", "--synthetic")]
    [InlineData("'arcface', which is no model", "models", "verify", "arcface")]
    [InlineData("--model: got 'arcface', wanted mobilefacenet or facenet-vggface2 or builtin", "identify", "a.jpg", "--model", "arcface")]
    [InlineData("--alignment: got '96-box', wanted 112-five-points or 160-box", "edge", "--alignment", "96-box")]
    [InlineData("--out report.txt: wanted a name that ends in .html", "eval", "identify", "people", "--out", "report.txt")]
    [InlineData("'lenet.pt' is no asset", "assets", "verify", "lenet.pt")]
    public async Task Wrong_usage_is_told_and_ends_with_2(string message, params string[] args)
    {
        var lines = new Lines(("SIGHTLINE_ASSETS", AppContext.BaseDirectory));
        Assert.Equal(ExitCode.Usage, await lines.RunAsync(args));
        Assert.Contains(message, lines.Error, StringComparison.Ordinal);
        Assert.Empty(lines.Out);
    }

    [Fact]
    public async Task A_group_of_verbs_alone_shows_its_help()
    {
        var lines = new Lines();
        Assert.Equal(ExitCode.Usage, await lines.RunAsync("people"));
        Assert.Contains("rename", lines.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        var lines = new Lines();
        Assert.Equal(ExitCode.Fine, await lines.RunAsync("--version"));
        Assert.StartsWith("sightline 0.", lines.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bug_is_told_without_its_stack_trace_unless_that_is_asked_for()
    {
        var quiet = new Lines();
        Assert.Equal(ExitCode.Failed, CommandLine.Tell(new InvalidOperationException("three"), quiet.Cli));
        Assert.Contains("InvalidOperationException: three", quiet.Error, StringComparison.Ordinal);
        Assert.Contains("SIGHTLINE_DEBUG=1", quiet.Error, StringComparison.Ordinal);

        var thrown = Assert.Throws<InvalidOperationException>((Action)(() => throw new InvalidOperationException("four")));
        var loud = new Lines(("SIGHTLINE_DEBUG", "1"));
        CommandLine.Tell(thrown, loud.Cli);
        Assert.Contains(nameof(A_bug_is_told_without_its_stack_trace_unless_that_is_asked_for), loud.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/data/assets", "/home/ada", "", "/data/assets", "/home/ada/.cache/sightline")]
    [InlineData("", "/home/ada", "/tmp/cache", "/tmp/cache/sightline")]
    [InlineData("", "/home/ada", "not-absolute", "/home/ada/.cache/sightline")]
    public void Assets_are_looked_for_where_it_was_said_and_then_in_the_cache(string assets, string home, string cache, params string[] folders) =>
        Assert.Equal(folders, new Lines(("SIGHTLINE_ASSETS", assets), ("HOME", home), ("XDG_CACHE_HOME", cache)).Cli.Assets.Folders);

    [Fact]
    public void All_verbs_look_where_up_was_told_to_keep_its_files() =>
        Assert.Equal("/srv/sightline", new Lines(("SIGHTLINE_DATA", "/srv/sightline"), ("HOME", "/home/ada")).Cli.DataFolder);

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path = "") => command.Subcommands.Count == 0
        ? [(path.Trim(), command)]
        : command.Subcommands.SelectMany(sub => Leaves(sub, $"{path} {sub.Name}"));
}
