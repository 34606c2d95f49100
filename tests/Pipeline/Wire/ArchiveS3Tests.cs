using System.Text;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

/// <summary>The archive in a bucket of other people's S3, moto's; where that is not installed each is skipped by name.</summary>
public sealed class ArchiveS3Tests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 5, 4, 10, 0, 0, TimeSpan.Zero);

    private readonly Lines _log = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Moto_has_what_was_archived_a_large_frame_in_parts_and_nothing_of_who_was_removed()
    {
        await using var moto = await Moto.StartAsync();
        var (folder, other) = (ArchiveKeys.Of(At, "front-door", "../../x"), ArchiveKeys.Of(At, "front-door", "7"));
        var frame = new byte[(7 << 20) + 1]; // the box takes 8 MiB; S3's smallest part is 5
        new Random(1).NextBytes(frame);
        await using (var archive = Open(moto))
        {
            archive.Offer(Entry(ArchiveKeys.IndexOf("ann", folder), ArchiveKeys.FaceOf(folder, 0), ArchiveKeys.AnswerOf(folder)));
            archive.Offer(Entry(ArchiveKeys.IndexOf("bob", other), ArchiveKeys.AnswerOf(other)));
            archive.Offer(new() { RequestId = "7", Device = "front-door", Objects = [new(ArchiveKeys.FrameOf(folder, "png"), frame, "image/png")] });
            await archive.FlushAsync(Ct);
            Assert.Equal(3, archive.Stored);
        }

        using var store = Store(moto);
        string[] left = [ArchiveKeys.AnswerOf(other), ArchiveKeys.IndexOf("bob", other)];
        Assert.Equal(
            left.Concat([ArchiveKeys.AnswerOf(folder), ArchiveKeys.FaceOf(folder, 0), ArchiveKeys.FrameOf(folder, "png"), ArchiveKeys.IndexOf("ann", folder)]).Order(StringComparer.Ordinal),
            await KeysAsync(store));
        using (var got = await store.GetAsync(ArchiveKeys.FrameOf(folder, "png"), null, Ct))
        {
            Assert.EndsWith("-2\"", got.ETag, StringComparison.Ordinal); // of two parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
            Assert.Equal(frame, await got.ReadAsync(frame.Length, Ct));
        }
        using (var whole = ObjectStore.At($"s3://{Moto.Bucket}", moto.Url)) Assert.All(await KeysAsync(whole), key => Assert.StartsWith("some/place/", key, StringComparison.Ordinal));

        Assert.Equal(new Swept(1, 3), await ArchiveSweep.ForgetAsync(store, "ann", At, Ct));

        Assert.Equal(left, await KeysAsync(store));
        Assert.Empty(_log.Written);
    }

    [Fact]
    public async Task What_is_archived_while_moto_is_killed_is_there_when_it_is_back()
    {
        var moto = await Moto.StartAsync();
        await using var archive = Open(moto);
        archive.Offer(Entry("before"));
        await archive.FlushAsync(Ct);
        await moto.DisposeAsync();

        for (var i = 0; i < 10; i++) archive.Offer(Entry($"{i}"));
        await Soon.Until(() => Said("cannot be reached") == 1);
        Assert.Equal(1, archive.Stored);
        await using var again = await Moto.StartAsync(moto.Url.Port); // with nothing of what the first one had
        await Soon.Until(async () =>
        {
            await archive.FlushAsync(Ct);
            return archive.Stored == 11;
        });

        using var store = Store(again);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), await KeysAsync(store));
        await Soon.Until(() => Said("can be reached again") == 1);
        Assert.Equal(1, Said("cannot be reached"));
    }

    [Fact]
    public async Task Credentials_that_nobody_knows_are_said_once_with_the_bucket_and_what_to_do()
    {
        await using var moto = await Moto.StartAsync(asksWho: true);
        await using var archive = Open(moto);
        for (var i = 0; i < 10; i++) archive.Offer(Entry($"{i}"));
        await Soon.Until(() => Said("cannot be reached") == 1);
        for (var again = 0; again < 3; again++) await archive.FlushAsync(Ct);

        var line = Assert.Single(_log.Written);
        Assert.Contains($"bucket '{Moto.Bucket}'", line, StringComparison.Ordinal);
        Assert.Contains("InvalidAccessKeyId", line, StringComparison.Ordinal);
        Assert.Contains("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", line, StringComparison.Ordinal);
        Assert.Equal((0, 10), (archive.Stored, archive.Waiting));
    }

    private const string Url = $"s3://{Moto.Bucket}/some/place";

    private Archive Open(Moto moto) => Archive.Open(new() { Url = Url, S3Endpoint = moto.Url }, _log, TimeProvider.System, Ct);

    private static ObjectStore Store(Moto moto) => ObjectStore.At(Url, moto.Url);

    private static ArchiveEntry Entry(params string[] keys) =>
        new() { RequestId = keys[0], Device = "front-door", Objects = [.. keys.Select(key => new ArchiveObject(key, Encoding.UTF8.GetBytes(key), "text/plain"))] };

    private int Said(string what) => _log.Written.Count(line => line.Contains(what, StringComparison.Ordinal));

    private static async Task<List<string>> KeysAsync(ObjectStore store) => await store.ListAsync("", Ct).Select(entry => entry.Key).ToListAsync(Ct);
}
