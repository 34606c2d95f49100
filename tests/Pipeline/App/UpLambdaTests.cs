using System.Diagnostics;
using System.Text.Json;
using Sightline.Pipeline.Wire;
using Sightline.Tests;

namespace Sightline.Pipeline.App;

/// <summary><c>sightline up --recognizer lambda</c>, as a program: the whole system, and the recognizer as AWS Lambda runs it.</summary>
public sealed class UpLambdaTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_names_who_is_enrolled_explains_and_archives_it_and_leaves_no_process_behind()
    {
        var keys = Path.Combine(_folder, "keys");
        var (code, output, error) = await Program.RunAsync(["users", "key", "--file", keys]);
        Assert.True(code == 0, error);
        var (portrait, frame) = (Path.Combine(_folder, "portrait.jpg"), Path.Combine(_folder, "frame.jpg"));
        await File.WriteAllBytesAsync(portrait, Cast.Portrait(0), _cancel);
        await File.WriteAllBytesAsync(frame, Cast.Alone(0), _cancel);
        (code, output, error) = await Program.RunAsync(["enroll", "Person One", portrait, "--model", "builtin"], null, ("SIGHTLINE_DATA", _folder), ("SIGHTLINE_ASSETS", _folder));
        Assert.True(code == 0, output + error);

        // With keys the function, too, has to sign what it asks of the queues.
        await using var up = Program.Start(["up", "--mqtt-port", "0", "--sqs-port", "0", "--http-port", "0", "--model", "builtin", "--recognizer", "lambda", "--lambda-concurrency", "2", "--sqs-keys", keys,
            "--archive", $"file://{_folder}/archive", "--archive-what", "all", "--archive-frames"],
            ("SIGHTLINE_ASSETS", _folder), ("SIGHTLINE_DATA", _folder));
        var ready = await up.ReadyAsync(_cancel);
        Assert.Equal(("1", "lambda"), (ready["people"], ready["recognizer"]));

        (code, output, error) = await Program.RunAsync(["send", frame, "--broker", $"mqtt://{ready["mqtt"]}", "--json"]);
        Assert.True(code == 0, output + error);
        var answer = JsonDocument.Parse(output.Split('\n')[0]).RootElement;
        Assert.Equal("Person One", answer.GetProperty("result").GetString());
        var id = answer.GetProperty("request_id").GetString()!;
        await Soon.Until(async () =>
        {
            (code, output, error) = await Program.RunAsync(["explain", id, "--gallery", ready["gallery"]]);
            return code == 0;
        });
        Assert.Contains("Person One", output, StringComparison.Ordinal);
        await Soon.Until(() => Archived() == 3); // answer and crop by the function, the frame by the core
        (code, _, error) = await Program.RunAsync(["people", "remove", "Person One", "--gallery", ready["gallery"]]);
        Assert.Equal((0, $"1 answer with 3 objects deleted from the archive file://{_folder}/archive\n"), (code, error));
        Assert.Equal(0, Archived());
        (code, output, error) = await Program.RunAsync(["health", "--http-port", new Uri(ready["http"]).Port.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.True(code == 0, output + error);
        Assert.Contains("as a Lambda function: 1 processes, 1 invocations, 0 requests came again", output, StringComparison.Ordinal);

        var children = Process.GetProcessesByName("Sightline.Recognizer").Where(process => ParentOf(process.Id) == up.Id).ToList();
        Assert.Single(children);
        up.Terminate();
        (code, _, error) = await up.EndAsync();
        Assert.True(code == 0, error);
        Assert.All(children, child => Assert.True(child.HasExited));
    }

    [Fact]
    public async Task What_does_not_go_together_is_told_before_anything_starts()
    {
        var (code, _, error) = await Program.RunAsync(["up", "--recognizer", "lambda", "--lambda-folder", _folder], null, ("SIGHTLINE_DATA", _folder));
        Assert.Equal(2, code);
        Assert.Contains($"there is no {_folder}/bootstrap; make a folder with deploy/aws/package.sh", error, StringComparison.Ordinal);
        (code, _, error) = await Program.RunAsync(["up", "--recognizer", "lambda", "--sqs", "http://127.0.0.1:1"], null, ("SIGHTLINE_DATA", _folder));
        Assert.Equal(2, code);
        Assert.Contains("leave out one of the two", error, StringComparison.Ordinal);
    }

    private int Archived()
    {
        var years = Path.Combine(_folder, "archive", TimeProvider.System.GetUtcNow().ToString("yyyy", System.Globalization.CultureInfo.InvariantCulture));
        return Directory.Exists(years) ? Directory.GetFiles(years, "*", SearchOption.AllDirectories).Length : 0;
    }

    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the fourth field, after a name in parentheses.
    private static int ParentOf(int process) => int.Parse(File.ReadAllText($"/proc/{process}/stat").Split(") ")[1].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
}
