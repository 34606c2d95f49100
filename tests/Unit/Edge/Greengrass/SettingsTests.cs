using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sightline.Edge;
using Sightline.Edge.Greengrass;
using Sightline.Faces;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Unit.Edge.Greengrass;

public sealed class SettingsTests
{
    private static readonly Settings Fallback = new(new CoreOptions { Assets = new AssetStore([]), Parallel = 3 }, Outlets.None, LogLevel.Information);

    [Fact]
    public void Every_setting_is_taken_and_what_is_not_there_stays()
    {
        var settings = Read("""
            {"broker": "mqtts://core:secret@10.0.0.1", "topics": ["clients/+", "frigate/+/+/snapshot"], "clientId": "core-2", "sqs": "http://10.0.0.1:9324", "requestQueue": "q1",
             "responseQueue": "q2", "answers": "mqtt", "fallback": "http://127.0.0.1:9325", "freshFor": 2.5, "keepFor": 1, "spoolMib": 64, "minFace": 60.0, "parallel": 7, "alignments": ["160-box", "160-box"], "detector": "builtin", "logLevel": "debug",
             "answersTopic": "a/+/b", "iotCoreTopic": "c/+", "controlTopic": "d", "iotCoreControlTopic": "e", "accessControl": {"anything": 1}}
            """);
        var core = settings.Core;
        Assert.Equal(("mqtts://core:***@10.0.0.1:8883", "core-2", "http://10.0.0.1:9324/", "q1", "q2"), (core.Broker.ToString(), core.ClientId, core.Sqs.ToString(), core.RequestQueue, core.ResponseQueue));
        Assert.Equal(("http://127.0.0.1:9325/", 2.5, 1, 64L << 20), (core.Fallback!.ToString(), core.FreshFor.TotalSeconds, core.KeepFor.TotalHours, core.SpoolBytes));
        Assert.Equal((AnswerPath.Mqtt, 60, 7, DetectorModel.Builtin, LogLevel.Debug), (core.Answers, core.MinFaceSize, core.Parallel, core.Detector, settings.LogLevel));
        Assert.Equal(["clients/+", "frigate/+/+/snapshot"], core.Topics);
        Assert.Equal([Alignment.Box160], core.Alignments);
        Assert.Equal(new("a/+/b", "c/+", "d", "e"), settings.Outlets);
        Assert.Equal(Setting.All.Select(setting => setting.Key).Except(["cert", "key", "ca"]), Fallback.ChangedIn(settings).Select(setting => setting.Key));

        Assert.Equal((3, 40, "aws"), (Read("""{"sqs": "aws"}""").Core.Parallel, Read("{}").Core.MinFaceSize, Read("""{"sqs": "aws"}""").Core.Sqs.ToString()));
        Assert.Equal((60, 2), (Read("""{"minFace": "60"}""").Core.MinFaceSize, Read("""{"parallel": "2"}""").Core.Parallel)); // as nucleus lite reads YAML
        Assert.Equal(Environment.ProcessorCount, Read("""{"parallel": 0}""").Core.Parallel);
        Assert.Equal(AnswerPath.Sqs, Read("""{"answers": "sqs", "fallback": ""}""").Core.Answers);
        Assert.Equal(Outlets.None, Read("""{"answersTopic": "", "controlTopic": ""}""").Outlets);
    }

    [Theory]
    [InlineData("minFace", "\"forty\"", "minFace is \"forty\"; wanted a whole number from 12 to 10000")]
    [InlineData("minFace", "\" 40\"", "minFace is \" 40\"; wanted a whole number from 12 to 10000")]
    [InlineData("minFace", "\"40,5\"", "minFace is \"40,5\"; wanted a whole number from 12 to 10000")]
    [InlineData("minFace", "40.5", "minFace is 40.5; wanted a whole number from 12 to 10000")]
    [InlineData("minFace", "11", "minFace is 11; wanted a whole number from 12 to 10000")]
    [InlineData("minFace", "1e400", "minFace is 1e400; wanted a whole number from 12 to 10000")]
    [InlineData("parallel", "-1", "parallel is -1; wanted a whole number from 1 to 1024, or 0 for as many as there are processors")]
    [InlineData("answers", "\"mail\"", "answers is \"mail\"; wanted mqtt or sqs")]
    [InlineData("answers", "true", "answers is true; wanted mqtt or sqs")]
    [InlineData("fallback", "\"aws\"", "fallback is \"aws\"; wanted a URL such as http://127.0.0.1:9324, or \"\" for none")]
    [InlineData("fallback", "\"ftp://x\"", "fallback: 'ftp://x' is no SQS endpoint; wanted http://host[:port] or https://host[:port], or 'aws'")]
    [InlineData("freshFor", "0", "freshFor is 0; wanted a number of seconds from 0.1 to 86400")]
    [InlineData("keepFor", "337", "keepFor is 337; wanted a number of hours from 0.0001 to 336")]
    [InlineData("spoolMib", "0.5", "spoolMib is 0.5; wanted a whole number from 1 to 1048576")]
    [InlineData("detector", "\"yolo\"", "detector is \"yolo\"; wanted mtcnn or builtin")]
    [InlineData("topics", "\"clients/+\"", "topics is \"clients/+\"; wanted a list of topic filters such as [\"clients/+\"]")]
    [InlineData("topics", "[]", "topics is []; wanted a list of topic filters such as [\"clients/+\"]")]
    [InlineData("topics", "[1]", "topics is [1]; wanted a list of topic filters such as [\"clients/+\"]")]
    [InlineData("topics", "[\"clients\"]", "topics: 'clients' has no '+': the first '+' says which level names the device, as in clients/+")]
    [InlineData("alignments", "[\"round\"]", "alignments is [\"round\"]; wanted a list of 112-five-points and 160-box, or of one of them")]
    [InlineData("cert", "1", "cert is 1; wanted the path of a PEM file, or \"\" for none")]
    [InlineData("clientId", "\"\"", "clientId is \"\"; wanted a name that no other client of the broker has")]
    [InlineData("sqs", "\"here\"", "sqs: 'here' is no SQS endpoint; wanted http://host[:port] or https://host[:port], or 'aws'")]
    [InlineData("sqs", "7", "sqs is 7; wanted aws, or a URL such as http://127.0.0.1:9324")]
    [InlineData("broker", "7", "broker is 7; wanted a URL such as mqtt://127.0.0.1:1883")]
    [InlineData("logLevel", "\"loud\"", "logLevel is \"loud\"; wanted trace or debug or information or warning or error")]
    [InlineData("answersTopic", "\"a/#\"", "answersTopic is \"a/#\"; wanted a topic of at most 256 bytes and 8 levels without # in which one + may stand for the device, or \"\" for none")]
    [InlineData("answersTopic", "\"a/+/+\"", "answersTopic is \"a/+/+\"; wanted a topic of at most 256 bytes and 8 levels without # in which one + may stand for the device, or \"\" for none")]
    [InlineData("answersTopic", "\"a+/b\"", "answersTopic is \"a+/b\"; wanted a topic of at most 256 bytes and 8 levels without # in which one + may stand for the device, or \"\" for none")]
    [InlineData("iotCoreTopic", "\"1/2/3/4/5/6/7/8/9\"", "iotCoreTopic is \"1/2/3/4/5/6/7/8/9\"; wanted a topic of at most 256 bytes and 8 levels without # in which one + may stand for the device, or \"\" for none")]
    [InlineData("controlTopic", "\"a/+\"", "controlTopic is \"a/+\"; wanted a topic of at most 256 bytes and 8 levels without # and +, or \"\" for none")]
    [InlineData("controlTopic", "null", "controlTopic is null; wanted a topic of at most 256 bytes and 8 levels without # and +, or \"\" for none")]
    public void A_wrong_value_is_told_with_its_key_and_what_was_wanted(string key, string value, string problem) => Assert.Equal(problem, ProblemOf($$"""{"{{key}}": {{value}}}"""));

    [Fact]
    public void A_key_that_nobody_knows_is_told_with_those_there_are()
    {
        Assert.Equal(
            "there is no setting 'minface' (it is 40 here); the settings are broker, cert, key, ca, topics, clientId, sqs, requestQueue, responseQueue, answers, fallback, freshFor, keepFor, spoolMib, minFace, parallel, alignments, detector, logLevel, " +
            "answersTopic, iotCoreTopic, controlTopic, iotCoreControlTopic", ProblemOf("""{"minface": 40}"""));
        Assert.Equal("the configuration is [1]; wanted a map of settings", ProblemOf("[1]"));
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var problem = ProblemOf("""{"minFace": 1, "nothing": null, "answers": "x", "parallel": 2}""");
        foreach (var part in new[] { "minFace is 1;", "there is no setting 'nothing'", "answers is \"x\";" }) Assert.Contains(part, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("parallel is", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_are_read_with_the_broker_that_wants_them()
    {
        using var authority = new Authority();
        var (certificate, key) = authority.Issue("core");
        var broker = Read($$"""{"cert": "{{certificate}}", "key": "{{key}}", "ca": "{{authority.File}}", "broker": "mqtts://10.0.0.1"}""").Core.Broker;
        Assert.Equal((certificate, authority.File), (broker.Credentials.CertificateFile, broker.Credentials.AuthorityFile));
    }

    [Fact]
    public void What_does_not_go_together_is_told()
    {
        Assert.Contains("wants --answers mqtt", ProblemOf("""{"answers": "sqs", "fallback": "http://127.0.0.1:9325"}"""), StringComparison.Ordinal);
        Assert.Contains("cert, key or ca is there and broker is mqtt://127.0.0.1:1883; wanted mqtts://", ProblemOf("""{"ca": "ca.pem"}"""), StringComparison.Ordinal);
        Assert.Contains("which is AWS IoT Core; wanted mqtts:// with cert and key of a thing", ProblemOf("""{"broker": "mqtts://x-ats.iot.eu-west-1.amazonaws.com"}"""), StringComparison.Ordinal);
        Assert.Contains("the certificate /none/cert.pem without its key", ProblemOf("""{"broker": "mqtts://10.0.0.1", "cert": "/none/cert.pem"}"""), StringComparison.Ordinal);
        Assert.Contains("/none/ca.pem", ProblemOf("""{"broker": "mqtts://10.0.0.1", "ca": "/none/ca.pem"}"""), StringComparison.Ordinal);
        Assert.Contains("takes the answers' topics too", ProblemOf("""{"topics": ["clients/+/answers"]}"""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"tcp://core:geheim@10.0.0.1\"")]
    [InlineData("\"mqtt://core:geheim@10.0.0.1/path\"")]
    [InlineData("[\"mqtt://core:geheim@10.0.0.1\"]")]
    [InlineData("{\"url\": \"mqtt://core:geheim@10.0.0.1\"}")]
    public void A_password_in_a_wrong_broker_is_not_told(string value)
    {
        var problem = ProblemOf($$"""{"broker": {{value}}}""");
        Assert.StartsWith("broker", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_topic_counts_with_the_longest_device_in_it()
    {
        Read($$"""{"answersTopic": "{{new string('x', 127)}}/+"}""");
        ProblemOf($$"""{"answersTopic": "{{new string('x', 128)}}/+"}""");
        Read($$"""{"answersTopic": "{{new string('x', 256)}}"}""");
        ProblemOf($$"""{"answersTopic": "{{new string('ä', 129)}}"}""");
    }

    [Theory]
    [InlineData("{}", "{}")]
    [InlineData("""{"minFace": 40}""", """{"minFace": 40.0}""")]
    [InlineData("""{"topics": ["a/+"], "minFace": 50}""", """{"minFace": 50, "topics": [ "a/+" ]}""")]
    [InlineData("""{"accessControl": {"a": 1}}""", """{"accessControl": {"a": 2}}""")]
    public void The_same_settings_have_not_changed_however_they_are_written(string one, string other) => Assert.Empty(Read(one).ChangedIn(Read(other)));

    [Fact]
    public void Only_what_has_another_value_has_changed()
    {
        var changed = Read("""{"minFace": 40, "logLevel": "debug", "answersTopic": "a"}""").ChangedIn(Read("""{"minFace": 40, "logLevel": "error", "parallel": 1}"""));
        Assert.Equal(["parallel", "logLevel", "answersTopic"], changed.Select(setting => setting.Key));
        Assert.Equal([false, true, true], changed.Select(setting => setting.IsLive));
    }

    private static Settings Read(string json)
    {
        Assert.True(Settings.TryRead(JsonDocument.Parse(json).RootElement, Fallback, SqsEndpoint.Parse, TimeProvider.System, out var settings, out var problem), problem);
        return settings;
    }

    private static string ProblemOf(string json)
    {
        Assert.False(Settings.TryRead(JsonDocument.Parse(json).RootElement, Fallback, SqsEndpoint.Parse, TimeProvider.System, out _, out var problem));
        return problem;
    }
}
