using System.Text.Json;
using Sightline.Tests;

namespace Sightline.Pipeline.App;

/// <summary>The books as a person looks at them, while a real system keeps them.</summary>
public sealed class BooksVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Books_tells_what_became_of_every_frame_in_text_and_in_JSON()
    {
        await using var up = Program.Start(["up", "--mqtt-port", "0", "--sqs-port", "0", "--http-port", "0", "--model", "builtin"], ("SIGHTLINE_ASSETS", _folder), ("SIGHTLINE_DATA", _folder));
        var ready = await up.ReadyAsync(Ct);
        var face = await FileAsync("face.jpg", Cast.Alone(0));
        var empty = await FileAsync("empty.png", Photo.Empty());
        await Program.RunAsync(["send", face, empty, "--broker", $"mqtt://{ready["mqtt"]}"]);

        var (code, text, error) = await Program.RunAsync(["books", "--data", _folder, "--drain", "30"]);
        Assert.True(code == 0, error);
        Assert.Contains("2 accepted = 2 answered + 0 open", text, StringComparison.Ordinal);
        Assert.Contains("1 No-Face, 1 Unknown", text, StringComparison.Ordinal);
        Assert.Contains("camera-01-IoTThing", text, StringComparison.Ordinal);

        (code, text, _) = await Program.RunAsync(["books", "--data", _folder, "--json"]);
        Assert.Equal(0, code);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(("camera-01-IoTThing", 2), (lines[0].GetProperty("device").GetString(), lines[0].GetProperty("accepted").GetInt32()));
        Assert.Equal(1, lines[0].GetProperty("results").GetProperty("No-Face").GetInt32());
        var summary = lines[^1].GetProperty("summary");
        Assert.True(summary.GetProperty("balances").GetBoolean());
        Assert.Equal(0, summary.GetProperty("all").GetProperty("open").GetInt32());
    }

    [Fact]
    public async Task A_frame_that_stays_open_and_books_that_are_not_there_are_exit_code_1()
    {
        var (code, _, error) = await Program.RunAsync(["books", "--data", _folder]);
        Assert.Equal(1, code);
        Assert.Contains(Path.Combine(_folder, "books.db"), error, StringComparison.Ordinal);
        Assert.Contains("docs/operate.md#the-books", error, StringComparison.Ordinal);

        await using var box = Program.Start(["box", "--mqtt-port", "0", "--sqs-port", "0", "--data", Path.Combine(_folder, "box")]);
        var ready = await box.ReadyAsync(Ct);
        await using var core = Program.Start(["edge", "--broker", $"mqtt://{ready["mqtt"]}", "--sqs", ready["sqs"], "--detector", "builtin", "--data", _folder]);
        await core.ReadyAsync(Ct);
        await Program.RunAsync(["send", await FileAsync("face.jpg", Cast.Alone(0)), "--broker", $"mqtt://{ready["mqtt"]}", "--timeout", "1"]);

        (code, var text, error) = await Program.RunAsync(["books", "--data", _folder, "--drain", "0.1"]);
        Assert.Equal(1, code);
        Assert.Contains("1 accepted = 0 answered + 1 open", text, StringComparison.Ordinal);
        Assert.Contains("1 frame still open", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Books_that_do_not_balance_are_exit_code_1()
    {
        var file = Path.Combine(_folder, "books.db");
        using (Sightline.Edge.Books.Open(file, 1, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeProvider.System)) { }
        // As a bug would leave them.
        using (var spoilt = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
        {
            spoilt.Open();
            using var count = new Microsoft.Data.Sqlite.SqliteCommand("INSERT INTO counts (device, what, count) VALUES ('front', 'accepted', 3), ('front', 'answered', 2)", spoilt);
            count.ExecuteNonQuery();
        }

        var (code, text, error) = await Program.RunAsync(["books", "--data", _folder]);

        Assert.Equal(1, code);
        Assert.Contains("3 accepted = 2 answered + 0 open  DOES NOT BALANCE", text, StringComparison.Ordinal);
        Assert.Contains("do not balance", error, StringComparison.Ordinal);
    }

    private async Task<string> FileAsync(string name, byte[] image)
    {
        var file = Path.Combine(_folder, name);
        await File.WriteAllBytesAsync(file, image, Ct);
        return file;
    }
}
