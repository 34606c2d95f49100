using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sightline.Edge.Greengrass;
using Sightline.Pipeline.Wire;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge.Greengrass;

/// <summary>The core as a component: the real path of frames, and the stand-in for the nucleus.</summary>
public sealed class ComponentTests : IAsyncDisposable
{
    private const string Room = "Sightline.Edge.Greengrass";

    private Rig _rig = null!;
    private StandIn _nucleus = null!;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<LogLevel> _levels = [];
    private ComponentStatus _status = new();
    private Task _running = Task.CompletedTask;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_nucleus is not null) await _nucleus.DisposeAsync();
        if (_rig is not null) await _rig.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Answers_reach_their_device_other_components_and_the_cloud()
    {
        await StartAsync(new() { ["iotCoreTopic"] = "sightline/cores/+/answers" }, recognizer: true);
        var device = await _rig.ConnectAsync();

        await device.SendAsync("7", Photo.Empty(), "wall.jpg");
        await device.SendAsync("8", Cast.Couple());

        Assert.Equal(["7", "8"], (await device.AnswersAsync(2)).Select(answer => answer.RequestId).Order());
        await Soon.Until(() => _nucleus.Operations.ToCloud.Count == 2);
        foreach (var (published, topic) in new[] { (_nucleus.Operations.Published, "sightline/front-door-IoTThing/answers"), (_nucleus.Operations.ToCloud, "sightline/cores/front-door-IoTThing/answers") })
        {
            Assert.All(published, copy => Assert.Equal(topic, copy.Topic));
            var copies = published.Select(copy => JsonSerializer.Deserialize(copy.Text, WireJson.Default.Answer)!).OrderBy(answer => answer.RequestId).ToList();
            Assert.Equal([("7", Results.NoFace, 0), ("8", Results.Unknown, 2)], copies.Select(answer => (answer.RequestId, answer.Result, answer.Faces.Count)));
        }
        Assert.Equal(["RUNNING"], _nucleus.Operations.ReportedStates);
    }

    [Fact]
    public async Task What_can_change_while_the_core_runs_changes_there()
    {
        await StartAsync(new() { ["answersTopic"] = "" });
        var (device, core) = (await _rig.ConnectAsync(), _status.Core);
        await device.SendAsync("1", Photo.Empty());
        await device.AnswerAsync();
        Assert.Empty(_nucleus.Operations.Published);

        await _nucleus.Operations.DeployAsync(new() { ["answersTopic"] = "sightline/one/answers", ["logLevel"] = "debug", ["controlTopic"] = "" });
        await Soon.Until(() => _levels.LastOrDefault() == LogLevel.Debug);
        await Soon.Until(() => !_nucleus.Operations.IsSubscribed("topic", "sightline/control"));
        await device.SendAsync("2", Photo.Empty());
        await device.AnswerAsync();
        await Soon.Until(() => !_nucleus.Operations.Published.IsEmpty);
        Assert.Equal("sightline/one/answers", Assert.Single(_nucleus.Operations.Published).Topic);
        Assert.Same(core, _status.Core);
        Assert.Contains(_rig.Log.Lines, line => line.Text == "Settings changed while the core runs: logLevel, answersTopic, controlTopic");
    }

    [Fact]
    public async Task What_cannot_starts_the_core_again_in_the_same_process_and_loses_no_frame()
    {
        await StartAsync();
        var (device, core) = (await _rig.ConnectAsync(), _status.Core);
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 60; i++) await device.SendAsync($"{i}", Photo.Empty());
        }, Ct);
        var answered = new HashSet<string> { (await device.AnswerAsync()).RequestId };

        await _nucleus.Operations.DeployAsync(new() { ["parallel"] = 1 });
        await Soon.Until(() => _status.Core != core && _status.Core.Ready.IsCompletedSuccessfully);
        await sending.Within();
        while (answered.Count < 60) answered.Add((await device.AnswerAsync()).RequestId); // one that is lost is waited for in vain
        Assert.Equal(1, _status.Options!.Parallel);
        Assert.Contains(_rig.Log.Lines, line => line.Text == "The core starts again in this process: settings changed: parallel");
        Assert.Equal(["RUNNING"], _nucleus.Operations.ReportedStates);
    }

    [Fact]
    public async Task Other_topics_are_in_force_in_place_of_those_from_before()
    {
        await StartAsync();
        var (device, core) = (await _rig.ConnectAsync(), _status.Core);
        await _nucleus.Operations.DeployAsync(new() { ["topics"] = new JsonArray("site/+") });
        await Soon.Until(() => _status.Core != core && _status.Core.Ready.IsCompletedSuccessfully);
        Assert.Equal(["clients/+"], _status.Options!.FormerTopics);

        await device.SendAsync("7", Photo.Empty()); // nobody listens there any more, and the box keeps it
        await device.PublishAsync(Photo.Empty(), frame => frame.WithTopic("site/front-door-IoTThing").WithCorrelationData("8"u8.ToArray()));
        Assert.Equal("8", (await device.AnswerAsync()).RequestId);
        Assert.Equal((1, 0), (_status.Core.Accepted, _status.Core.BadImage));

        await _nucleus.Operations.DeployAsync(new() { ["topics"] = new JsonArray("clients/+", "site/+") });
        await Soon.Until(() => _status.Options!.Topics.Count == 2 && _status.Core.Ready.IsCompletedSuccessfully);
        Assert.Empty(_status.Options!.FormerTopics);
        await device.SendAsync("9", Photo.Empty());
        Assert.Equal(["7", "9"], (await device.AnswersAsync(2)).Select(answer => answer.RequestId).Order());
    }

    [Fact]
    public async Task A_wrong_setting_is_told_and_the_core_goes_on_as_before()
    {
        await StartAsync();
        _rig.MayFail = Room;
        var core = _status.Core;

        await _nucleus.Operations.DeployAsync(new() { ["minFace"] = "forty", ["minFaces"] = 40 });
        await Soon.Until(() => _nucleus.Operations.ReportedStates.Contains("ERRORED"));
        var told = Assert.Single(_rig.Log.Errors).Text;
        Assert.Contains("minFace is \"forty\"; wanted a whole number from 12 to 10000", told, StringComparison.Ordinal);
        Assert.Contains("there is no setting 'minFaces' (it is 40 here); the settings are broker, cert, key, ca, topics,", told, StringComparison.Ordinal);
        Assert.Contains("minFaces", _status.WrongSettings, StringComparison.Ordinal);
        var device = await _rig.ConnectAsync();
        await device.SendAsync("7", Photo.Empty());
        await device.AnswerAsync();
        Assert.Same(core, _status.Core);

        await _nucleus.Operations.ResetAsync("minFaces");
        await _nucleus.Operations.DeployAsync(new() { ["minFace"] = 40 });
        await Soon.Until(() => _nucleus.Operations.ReportedStates.LastOrDefault() == "RUNNING");
        Assert.Null(_status.WrongSettings);
    }

    [Fact]
    public async Task A_configuration_that_is_wrong_from_the_beginning_ends_it_and_the_nucleus_is_told()
    {
        var wrong = await Assert.ThrowsAsync<SettingsException>(() => StartAsync(new() { ["broker"] = "tcp://user:geheim@host" }));
        Assert.StartsWith("broker: ", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(["ERRORED"], _nucleus.Operations.ReportedStates);
        Assert.Contains(_rig.Log.Errors, line => line.Text.Contains("broker: ", StringComparison.Ordinal) && !line.Text.Contains("geheim", StringComparison.Ordinal));
        _rig.MayFail = Room;
    }

    [Fact]
    public async Task Orders_are_carried_out_and_answered_here_and_in_the_cloud()
    {
        await StartAsync(new() { ["iotCoreControlTopic"] = "sightline/cores/control" });
        await Soon.Until(() => _nucleus.Operations.IsSubscribed("topic", "sightline/control") && _nucleus.Operations.IsSubscribed("cloud", "sightline/cores/control"));

        var status = await OrderAsync("""{"command": "status", "id": "a"}""");
        Assert.Equal(("a", true, true), ((string?)status["id"], (bool)status["ok"]!, (bool)status["status"]!["ready"]!));

        var wrong = await OrderAsync("""{"command": "set", "id": "b", "settings": {"logLevel": "loud"}}""");
        Assert.Equal(("b", false, "logLevel is \"loud\"; wanted trace or debug or information or warning or error"), ((string?)wrong["id"], (bool)wrong["ok"]!, (string?)wrong["problem"]));
        Assert.Null(_nucleus.Operations.Configuration["logLevel"]);

        var set = await OrderAsync("""{"command": "set", "id": "c", "settings": {"logLevel": "warning", "minFace": 60}}""", fromCloud: true);
        Assert.Equal(("""["logLevel"]""", """["minFace"]"""), (set["live"]!.ToJsonString(), set["restarting"]!.ToJsonString()));
        await Soon.Until(() => _status.Options!.MinFaceSize == 60 && _status.Core.Ready.IsCompletedSuccessfully);

        var core = _status.Core;
        Assert.True((bool)(await OrderAsync("""{"command": "restart"}"""))["ok"]!);
        await Soon.Until(() => _status.Core != core && _status.Core.Ready.IsCompletedSuccessfully);

        Assert.Contains("accessControl cannot be set from here", (string?)(await OrderAsync("""{"command": "set", "settings": {"accessControl": {}}}"""))["problem"], StringComparison.Ordinal);
        Assert.Contains("command is 'dance'; wanted status, restart or set", (string?)(await OrderAsync("""{"command": "dance"}"""))["problem"], StringComparison.Ordinal);
        Assert.Contains("set needs settings", (string?)(await OrderAsync("""{"command": "set"}"""))["problem"], StringComparison.Ordinal);
        Assert.Contains("this is no order", (string?)(await OrderAsync("no JSON"))["problem"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copies_that_may_not_be_published_are_told_once_and_the_device_has_its_answer()
    {
        await StartAsync(new() { ["answersTopic"] = "elsewhere/+" });
        var device = await _rig.ConnectAsync();
        for (var i = 0; i < 3; i++) await device.SendAsync($"{i}", Photo.Empty());
        await device.AnswersAsync(3);
        await Soon.Until(() => _nucleus.BodiesOf("PublishToTopic").Count() == 3);
        var told = Assert.Single(_rig.Log.Lines, line => line.Text.StartsWith("The copy of the answer", StringComparison.Ordinal));
        Assert.Contains("for elsewhere/front-door-IoTThing was not taken: PublishToTopic: UnauthorizedError; give the component the right in its accessControl", told.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_nucleus_that_comes_back_finds_everything_as_it_was_and_one_that_forgot_the_token_ends_it()
    {
        await StartAsync();
        var device = await _rig.ConnectAsync();
        await _nucleus.StopAsync();
        await device.SendAsync("1", Photo.Empty());
        await device.AnswerAsync(); // without the nucleus

        _nucleus.Start(newToken: false);
        await Soon.Until(() => !_nucleus.Operations.Published.IsEmpty && _nucleus.Operations.IsSubscribed("configuration"));
        await _nucleus.Operations.DeployAsync(new() { ["logLevel"] = "error" });
        await Soon.Until(() => _levels.LastOrDefault() == LogLevel.Error);

        await _nucleus.StopAsync();
        _nucleus.Start();
        await Assert.ThrowsAsync<IpcRefusedException>(() => _running.Within());
    }

    [Fact]
    public async Task It_stops_within_five_seconds_without_the_nucleus_too()
    {
        await StartAsync();
        await _nucleus.StopAsync();
        var clock = Stopwatch.StartNew();
        await _stop.CancelAsync();
        await _running.Within();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"it took {clock.Elapsed}");
    }

    private async Task<JsonObject> OrderAsync(string order, bool fromCloud = false)
    {
        var replies = fromCloud ? _nucleus.Operations.ToCloud : _nucleus.Operations.Published;
        replies.Clear();
        if (fromCloud) await _nucleus.Operations.PublishFromCloudAsync("sightline/cores/control", System.Text.Encoding.UTF8.GetBytes(order));
        else await _nucleus.Operations.PublishAsync("sightline/control", System.Text.Encoding.UTF8.GetBytes(order));
        await Soon.Until(() => !replies.IsEmpty);
        Assert.True(replies.TryDequeue(out var reply));
        Assert.Equal(fromCloud ? "sightline/cores/control/replies" : "sightline/control/replies", reply.Topic);
        return JsonNode.Parse(reply.Text)!.AsObject();
    }

    private async Task StartAsync(JsonObject? settings = null, bool recognizer = false)
    {
        _rig = await Rig.StartAsync(recognizer: recognizer);
        await _rig.StopCoreAsync();
        var configuration = JsonNode.Parse("""
            {"answersTopic": "sightline/+/answers", "controlTopic": "sightline/control", "accessControl": {
              "aws.greengrass.ipc.pubsub": {
                "p": {"operations": ["aws.greengrass#PublishToTopic"], "resources": ["sightline/*/answers", "sightline/control/replies"]},
                "s": {"operations": ["aws.greengrass#SubscribeToTopic"], "resources": ["sightline/control"]}},
              "aws.greengrass.ipc.mqttproxy": {
                "p": {"operations": ["aws.greengrass#PublishToIoTCore"], "resources": ["sightline/cores/*"]},
                "s": {"operations": ["aws.greengrass#SubscribeToIoTCore"], "resources": ["sightline/cores/control"]}}}}
            """)!.AsObject();
        foreach (var (key, value) in settings ?? []) configuration[key] = value?.DeepClone();
        _nucleus = StandIn.Start(configuration);
        var options = new ComponentOptions
        {
            SocketFile = _nucleus.SocketFile,
            Token = _nucleus.Token,
            Core = new() { Broker = _rig.Mqtt, Sqs = _rig.Sqs, Detector = Sightline.Faces.DetectorModel.Builtin, Assets = _rig.Assets, Alignments = [_rig.Model.Alignment], Books = _rig.BooksFile },
            OnLogLevel = _levels.Add,
        };
        _status = new();
        _running = Task.Run(() => Component.RunAsync(options, _status, _rig.Log, TimeProvider.System, _stop.Token));
        await Task.WhenAny(_status.Ready, _running).Within();
        if (!_status.Ready.IsCompletedSuccessfully) await _running.Within();
        await Soon.Until(() => _nucleus.Operations.IsSubscribed("configuration"));
    }
}
