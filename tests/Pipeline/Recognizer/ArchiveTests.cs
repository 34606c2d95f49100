using System.Text;
using System.Text.Json;
using Sightline.Faces;
using Sightline.People;
using Sightline.Pipeline.Wire;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Recognizer;

/// <summary>What came by is kept as it was asked for, delays nothing, and is gone with whom it shows.</summary>
public sealed class ArchiveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-archive-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Place => Path.Combine(_folder, "archive");
    private string Url => $"file://{Place}";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Of_unknown_people_only_nothing_is_kept_that_shows_or_names_a_known_one()
    {
        await using var rig = await RigAsync(Options(ArchiveWhat.Unknown, frames: true));
        var device = await rig.ConnectAsync();
        var frames = new Dictionary<string, byte[]> { ["known"] = Cast.Alone(0), ["stranger"] = Cast.Alone(3), ["both"] = Cast.Couple(), ["blurred"] = Cast.OutOfFocus(0), ["nobody"] = Photo.Empty() };
        foreach (var (id, frame) in frames)
        {
            await device.SendAsync(id, frame);
            Assert.Equal(id, (await device.AnswerAsync()).RequestId);
        }
        await EndAsync(rig, objects: 8);

        Assert.Equal(
            ["blurred/answer.json", "blurred/face-0.jpg", "blurred/frame.jpg", "both/answer.json", "both/face-0.jpg", "stranger/answer.json", "stranger/face-0.jpg", "stranger/frame.jpg"],
            Objects());
        Assert.Equal(frames["stranger"], await ReadAsync("stranger/frame.jpg"));
        var both = AnswerIn(await ReadAsync("both/answer.json"));
        var face = Assert.Single(both.Faces);
        Assert.Equal((Results.Unknown, "unknown", null, null), (both.Result, face.Decision, face.Name, face.PersonId));
        Assert.True(ImageCodec.TryDecode(await ReadAsync("both/face-0.jpg"), out var crop, out _));
        Assert.Equal((112, 112), (crop.Width, crop.Height));
        // An entry says whom a face was most like, though it was not taken for them; nothing else does.
        AssertNoTrace(path => !path.StartsWith("people", StringComparison.Ordinal), [.. PeopleOf(rig).SelectMany(person => new[] { person.Id, person.Name })]);
    }

    [Fact]
    public async Task Of_all_people_answers_crops_and_frames_are_kept_by_date_and_device_for_the_owner_alone()
    {
        await using var rig = await RigAsync(Options(ArchiveWhat.All, frames: true));
        var device = await rig.ConnectAsync();
        await device.SendAsync("7", Cast.Couple());
        var answer = await device.AnswerAsync();
        Assert.True(ImageCodec.TryDecode(Cast.Alone(0), out var picture, out _));
        var png = ImageCodec.EncodePng(picture);
        await device.SendAsync("8", png);
        Assert.Equal("8", (await device.AnswerAsync()).RequestId);
        await EndAsync(rig, objects: 7);

        Assert.Equal(["7/answer.json", "7/face-0.jpg", "7/face-1.jpg", "7/frame.jpg", "8/answer.json", "8/face-0.jpg", "8/frame.png"], Objects());
        Assert.Equal(Cast.Couple(), await ReadAsync("7/frame.jpg"));
        Assert.Equal(png, await ReadAsync("8/frame.png"));
        var at = answer.ReceivedAt!.Value.UtcDateTime;
        Assert.Contains(FormattableString.Invariant($"{at:yyyy}/{at:MM}/{at:dd}/front-door-IoTThing/{at:yyyyMMdd'T'HHmmss'.'fffffff'Z'}-7/answer.json"), Files());
        var kept = AnswerIn(await ReadAsync("7/answer.json"));
        Assert.Equal((answer.Result, answer.Device, answer.ReceivedAt, answer.Model), (kept.Result, kept.Device, kept.ReceivedAt, kept.Model));
        Assert.Equal(answer.Faces.Select(one => (one.PersonId, one.Name, one.Decision)), kept.Faces.Select(one => (one.PersonId, one.Name, one.Decision)));
        Assert.Equal("Person Twenty", Assert.Single(kept.Faces, one => one.Name is not null).Name);
        if (OperatingSystem.IsWindows()) return; // there rights come from the folder above
        foreach (var path in Directory.GetFileSystemEntries(_folder, "*", SearchOption.AllDirectories))
        {
            var owners = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal((path, Directory.Exists(path) ? owners | UnixFileMode.UserExecute : owners), (path, File.GetUnixFileMode(path)));
        }
    }

    [Fact]
    public async Task Without_being_asked_no_frame_is_kept_and_with_off_nothing_is()
    {
        await using var rig = await RigAsync(Options(ArchiveWhat.All, frames: false));
        var device = await rig.ConnectAsync();
        await device.SendAsync("7", Cast.Alone(0));
        await device.AnswerAsync();
        await Rig.UntilAsync("it is archived", () => Objects().Count == 2);
        await rig.StopRecognizerAsync();
        await rig.StartRecognizerAsync(worker => worker with { Archive = Options(ArchiveWhat.Off, frames: false) });
        await device.SendAsync("8", Cast.Alone(0));
        await device.AnswerAsync();
        await EndAsync(rig, objects: 2);

        Assert.Equal(["7/answer.json", "7/face-0.jpg"], Objects());
    }

    [Fact]
    public async Task No_request_id_leads_out_of_the_archive()
    {
        string[] ids = ["../../x", "/etc/passwd", "a/../../../b\\c", ".."];
        await using var rig = await RigAsync(Options(ArchiveWhat.All, frames: true));
        var device = await rig.ConnectAsync();
        foreach (var id in ids)
        {
            await device.SendAsync(id, Cast.Alone(3));
            Assert.Equal(id, (await device.AnswerAsync()).RequestId);
        }
        await EndAsync(rig, objects: 3 * ids.Length);

        Assert.Equal([Place], Directory.GetFileSystemEntries(_folder));
        Assert.All(Files().Where(IsObject), file => Assert.True(file.Split('/') is [{ Length: 4 }, { Length: 2 }, { Length: 2 }, "front-door-IoTThing", _, _], file));
        var answers = Files().Where(IsObject).Where(file => file.EndsWith("/answer.json", StringComparison.Ordinal));
        Assert.Equal(ids.Order(StringComparer.Ordinal), answers.Select(file => AnswerIn(File.ReadAllBytes(Path.Combine(Place, file))).RequestId).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_delays_no_answer_and_no_acknowledgement()
    {
        await using var bucket = await Bucket.StartAsync();
        var holding = new TaskCompletionSource();
        bucket.Holding = holding.Task;
        await using var rig = await RigAsync(InBucket(bucket) with { Frames = true });
        var device = await rig.ConnectAsync();

        for (var i = 0; i < 12; i++)
        {
            await device.SendAsync($"{i}", Cast.Alone(0));
            Assert.Equal($"{i}", (await device.AnswerAsync()).RequestId);
        }
        await Rig.UntilAsync("every frame is acknowledged", () => rig.Core.InFlight == 0);
        await Rig.UntilAsync("every request is off its queue", async () => await rig.DepthAsync(Rig.RequestQueue) == new QueueDepth(0, 0));

        Assert.Empty(bucket.Objects); // all was answered before anything was archived
        holding.SetResult();
        await Rig.UntilAsync("all is archived", () => bucket.Objects.Keys.Count(key => key.EndsWith("/answer.json", StringComparison.Ordinal) || key.EndsWith("/frame.jpg", StringComparison.Ordinal)) == 24);
        Assert.Equal(0, Said(rig, "the archive"));
    }

    [Fact]
    public async Task What_is_too_much_for_a_store_that_is_away_gives_way_counted_and_said_once_and_the_answers_are_given()
    {
        await File.WriteAllTextAsync(Place, "not mounted", Ct);
        await using var rig = await RigAsync(Options(ArchiveWhat.All, frames: false) with { MostWaiting = 2 });
        var device = await rig.ConnectAsync();
        for (var i = 0; i < 9; i++)
        {
            await device.SendAsync($"{i}", Cast.Alone(0));
            Assert.Equal("Person One", (await device.AnswerAsync()).Result);
        }
        await Rig.UntilAsync("it is said that some give way", () => Said(rig, "the oldest give way") == 1);

        await rig.StopRecognizerAsync();

        Assert.Equal((1, 1, 1), (Said(rig, "the oldest give way"), Said(rig, "cannot be reached"), Said(rig, "stopped before the archive")));
    }

    [Fact]
    public async Task Who_is_removed_leaves_nothing_in_the_archive_whichever_recognizer_put_it_there()
    {
        var options = Options(ArchiveWhat.All, frames: true);
        await using var rig = await RigAsync(options);
        var device = await rig.ConnectAsync();
        await SendAsync(device, ("hers", Cast.Alone(0)), ("blurred", Cast.OutOfFocus(0)));
        await Rig.UntilAsync("all is archived", () => Objects().Count == 6);
        await rig.StopRecognizerAsync();
        var copy = Path.Combine(_folder, "copy.db");
        using (var gallery = Open(rig)) gallery.WriteForNaming(copy);
        await rig.StartRecognizerAsync(worker => worker with { Gallery = copy, Archive = options }); // another one, with a copy of the gallery
        await SendAsync(device, ("hers too", Cast.Alone(0)), ("other", Cast.Alone(20)));
        await Rig.UntilAsync("all of that too", () => Objects().Count == 12);
        var person = PeopleOf(rig).Single(one => one.Name == "Person One");

        var (code, output, error) = await App.Program.RunAsync(["people", "remove", "Person One", "--gallery", rig.GalleryFile]);

        Assert.Equal((0, "Person One is removed\n"), (code, output));
        Assert.Equal($"3 answers with 9 objects deleted from the archive {Url}\n", error);
        await EndAsync(rig, objects: 3);
        Assert.Equal(["other/answer.json", "other/face-0.jpg", "other/frame.jpg"], Objects());
        AssertNoTrace(_ => true, person.Id, person.Name, "hers", "blurred");
    }

    [Fact]
    public async Task What_was_on_its_way_when_somebody_was_removed_is_deleted_again()
    {
        await using var bucket = await Bucket.StartAsync();
        var holding = new TaskCompletionSource();
        bucket.Holding = holding.Task;
        await using var rig = await RigAsync(InBucket(bucket));
        var device = await rig.ConnectAsync();
        await device.SendAsync("7", Cast.Alone(0));
        Assert.Equal("Person One", (await device.AnswerAsync()).Result);
        await Rig.UntilAsync("something is on its way", () => bucket.Held > 0);

        var (code, _, error) = await App.Program.RunAsync(["people", "remove", "Person One", "--gallery", rig.GalleryFile], null, ("AWS_ENDPOINT_URL_S3", bucket.Url.AbsoluteUri));

        Assert.Equal((0, $"nothing of them was in the archive s3://{Bucket.Name}/place\n"), (code, error));
        holding.SetResult();
        await Rig.UntilAsync("it is deleted again", () => bucket.Objects.IsEmpty && bucket.Asked.Any(asked => asked.StartsWith("DELETE place/people/", StringComparison.Ordinal)));
        Assert.Contains(bucket.Asked, asked => asked.StartsWith("PUT place/people/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_could_not_be_deleted_is_remembered_and_a_recognizer_does_it()
    {
        await using var rig = await RigAsync(Options(ArchiveWhat.All, frames: false));
        var device = await rig.ConnectAsync();
        await SendAsync(device, ("7", Cast.Alone(0)));
        await Rig.UntilAsync("it is archived", () => Objects().Count == 2);
        await rig.StopRecognizerAsync();
        Directory.Move(Place, Path.Combine(_folder, "unmounted"));
        var (code, _, error) = await App.Program.RunAsync(["people", "remove", "Person One", "--gallery", rig.GalleryFile]);
        Assert.Equal(1, code);
        Assert.Contains("could not be made to forget 1 removed person", error, StringComparison.Ordinal);

        Directory.Move(Path.Combine(_folder, "unmounted"), Place);
        await rig.StartRecognizerAsync(); // without an archive of its own

        await Rig.UntilAsync("it is swept", () => Files().Count == 0);
        await Rig.UntilAsync("it is said", () => Said(rig, "somebody was removed from the gallery, and so 1 answers with 2 objects") == 1);
    }

    private ArchiveOptions Options(ArchiveWhat what, bool frames) => new() { Url = Url, What = what, Frames = frames };

    private static ArchiveOptions InBucket(Bucket bucket) => new() { Url = $"s3://{Bucket.Name}/place", What = ArchiveWhat.All, S3Endpoint = bucket.Url };

    private static async Task<Rig> RigAsync(ArchiveOptions options)
    {
        var rig = await Rig.StartAsync(core => core with { Archive = options }, recognizer: false);
        rig.Enroll(("Person One", Cast.Portrait(0)), ("Person Twenty", Cast.Portrait(20)));
        await rig.StartRecognizerAsync(worker => worker with { Archive = options, S3Endpoint = options.S3Endpoint });
        return rig;
    }

    private static async Task SendAsync(TestDevice device, params (string Id, byte[] Frame)[] frames)
    {
        foreach (var (id, frame) in frames)
        {
            await device.SendAsync(id, frame);
            Assert.Equal(id, (await device.AnswerAsync()).RequestId);
        }
    }

    // What should not be there would be by the time both have stopped.
    private async Task EndAsync(Rig rig, int objects)
    {
        await Rig.UntilAsync($"{objects} objects are archived", () => Objects().Count >= objects);
        await rig.StopRecognizerAsync();
        await rig.StopCoreAsync();
    }

    private static Gallery Open(Rig rig) => Gallery.Open(rig.GalleryFile, rig.Model, TimeProvider.System);

    private static IReadOnlyList<Person> PeopleOf(Rig rig)
    {
        using var gallery = Open(rig);
        return gallery.List();
    }

    private static int Said(Rig rig, string what) => rig.Log.Lines.Count(line => line.Text.Contains(what, StringComparison.Ordinal));

    private static Answer AnswerIn(byte[] json) => JsonSerializer.Deserialize(json, WireJson.Default.Answer)!;

    private void AssertNoTrace(Func<string, bool> where, params string[] traces)
    {
        foreach (var path in Directory.GetFileSystemEntries(Place, "*", SearchOption.AllDirectories).Where(path => where(Path.GetRelativePath(Place, path))))
        {
            Assert.DoesNotContain(traces, trace => path.Contains(trace, StringComparison.Ordinal));
            if (File.Exists(path)) Assert.DoesNotContain(traces, trace => File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.UTF8.GetBytes(trace)) >= 0);
        }
    }

    private Task<byte[]> ReadAsync(string of) => File.ReadAllBytesAsync(Path.Combine(Place, Files().Single(file => IsObject(file) && file.EndsWith("-" + of, StringComparison.Ordinal))), Ct);

    // All that is no entry begins with a year.
    private static bool IsObject(string file) => char.IsAsciiDigit(file[0]);

    /// <summary>Everything but entries, as request id and name.</summary>
    private List<string> Objects() => [.. Files().Where(IsObject).Select(file => file.Split('/')).Select(parts => $"{parts[4].Split('-')[1]}/{parts[5]}").Order(StringComparer.Ordinal)];

    private List<string> Files() => Directory.Exists(Place)
        ? [.. Directory.GetFiles(Place, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Place, file)).Where(file => file[0] != '.')]
        : [];
}
