using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.App;

/// <summary>The whole system as the user starts and stops it.</summary>
public sealed class UpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Up_says_what_it_took_answers_frames_tells_its_health_and_stops_on_SIGTERM()
    {
        await using var up = StartUp();
        var ready = await up.ReadyAsync(_cancel);
        Assert.Equal(("0", Path.Combine(_folder, "gallery.db")), (ready["people"], ready["gallery"]));
        Assert.StartsWith("builtin-", ready["model"], StringComparison.Ordinal);
        Assert.Equal("builtin", ready["detector"]);

        var port = new Uri(ready["http"]).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var (code, output, error) = await Program.RunAsync(["health", "--http-port", port]);
        Assert.True(code == 0, output + error);

        var crowd = Path.Combine(_folder, "crowd.jpg");
        await File.WriteAllBytesAsync(crowd, Cast.Crowd(), _cancel);
        (code, output, _) = await Program.RunAsync(["send", crowd, "--broker", $"mqtt://{ready["mqtt"]}", "--json"]);
        Assert.Equal(0, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal(5, JsonDocument.Parse(lines[0]).RootElement.GetProperty("faces").GetArrayLength());
        Assert.Equal(1, JsonDocument.Parse(lines[1]).RootElement.GetProperty("summary").GetProperty("answered").GetInt32());

        var clock = Stopwatch.StartNew();
        up.Terminate();
        (code, output, error) = await up.EndAsync();
        Assert.True(code == 0, error);
        Assert.Empty(output);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"it took {clock.Elapsed} to stop");

        (code, _, error) = await Program.RunAsync(["health", "--http-port", port]);
        Assert.Equal(1, code);
        Assert.Contains("nothing answers", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_keys_the_queues_are_open_to_who_has_one_and_the_system_itself_has_its_own()
    {
        var keys = Path.Combine(_folder, "keys");
        var (code, made, error) = await Program.RunAsync(["users", "key", "--file", keys]);
        Assert.True(code == 0, error);
        var key = made.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim().Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        await using var up = StartUp("0", "--sqs-listen", "0.0.0.0", "--sqs-keys", keys);
        var ready = await up.ReadyAsync(_cancel);
        var crowd = Path.Combine(_folder, "crowd.jpg");
        await File.WriteAllBytesAsync(crowd, Cast.Crowd(), _cancel);
        (code, _, error) = await Program.RunAsync(["send", crowd, "--broker", $"mqtt://{ready["mqtt"]}"]);
        Assert.True(code == 0, error);

        using var far = SqsEndpoint.At(new Uri(ready["sqs"])).SignedBy(key["AWS_ACCESS_KEY_ID"], key["AWS_SECRET_ACCESS_KEY"]).Connect();
        Assert.Equal(4, (await far.ListQueuesAsync("", _cancel)).QueueUrls.Count);
        using var stranger = SqsEndpoint.At(new Uri(ready["sqs"])).Connect();
        var refused = await Assert.ThrowsAsync<Amazon.SQS.AmazonSQSException>(() => stranger.ListQueuesAsync("", _cancel));
        Assert.Equal("InvalidClientTokenId", refused.ErrorCode);
    }

    [Fact]
    public async Task A_web_page_of_somebody_else_is_refused()
    {
        await using var up = StartUp();
        var url = (await up.ReadyAsync(_cancel))["http"];
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(null, null));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(null, url));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(null, "https://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(null, "null"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("evil.example", null));

        async Task<HttpStatusCode> StatusAsync(string? host, string? origin)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{url}/health"));
            request.Headers.Host = host;
            if (origin is not null) request.Headers.Add("Origin", origin);
            using var response = await http.SendAsync(request, _cancel);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task A_taken_port_is_an_error_that_names_the_option()
    {
        await using var first = StartUp();
        var mqtt = (await first.ReadyAsync(_cancel))["mqtt"];
        await using var second = StartUp(mqtt.Split(':')[1]);
        var (code, _, error) = await second.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains("--mqtt-port", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_on_a_folder_names_who_it_enrolled_and_leaves_nothing_behind()
    {
        var people = Directory.CreateDirectory(Path.Combine(_folder, "people", "Ada")).FullName;
        File.Copy(Shared.Require("samples/people/person-01/img2.jpg"), Path.Combine(people, "img2.jpg"));
        File.Copy(Shared.Require("samples/people/person-01/img11.jpg"), Path.Combine(people, "img11.jpg"));
        var temporary = Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName;
        var (code, output, error) = await Program.RunAsync(["demo", Path.Combine(_folder, "people")], null, ("SIGHTLINE_ASSETS", Path.GetDirectoryName(Shared.Require("assets"))!), ("TMPDIR", temporary));
        Assert.True(code == 0, output + error);
        Assert.Contains("sent 1, answered 1, lost 0, duplicates 0", output, StringComparison.Ordinal);
        Assert.Contains("names right: 1 of 1", output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary, "sightline-*"));
    }

    private Program StartUp(string mqttPort = "0", params string[] more) => Program.Start(["up", "--mqtt-port", mqttPort, "--sqs-port", "0", "--http-port", "0", "--model", "builtin", .. more],
        ("SIGHTLINE_ASSETS", _folder), ("SIGHTLINE_DATA", _folder));
}
