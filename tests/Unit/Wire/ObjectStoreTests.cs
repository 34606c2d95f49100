using System.Text;
using Sightline.Wire;

namespace Sightline.Unit.Wire;

/// <summary>A folder as object storage; a bucket has the same to do in Sightline.Pipeline.Wire.S3Tests.</summary>
public sealed class ObjectStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-objects-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_put_is_got_back_and_another_content_has_another_ETag()
    {
        using var store = Store();
        Assert.Same(StoredObject.Missing, await store.GetAsync("people/one", null, Ct));

        var first = await PutAsync(store, "people/one", "first");
        using (var got = await store.GetAsync("people/one", null, Ct))
        {
            Assert.Equal((first, 5L), (got.ETag, got.Length));
            Assert.Equal("first"u8.ToArray(), await got.ReadAsync(5, Ct));
        }
        Assert.Same(StoredObject.NotModified, await store.GetAsync("people/one", first, Ct));

        var second = await PutAsync(store, "people/one", "other"); // as long, and in the same second
        Assert.NotEqual(first, second);
        using var changed = await store.GetAsync("people/one", first, Ct);
        Assert.Equal((second, "other"), (changed.ETag, Encoding.UTF8.GetString(await changed.ReadAsync(100, Ct))));
    }

    [Fact]
    public async Task More_than_was_expected_is_not_read()
    {
        using var store = Store();
        await PutAsync(store, "large", "123456");
        using var got = await store.GetAsync("large", null, Ct);
        Assert.Contains("6 bytes; 5 are taken", (await Assert.ThrowsAsync<InvalidDataException>(() => got.ReadAsync(5, Ct))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_has_the_keys_that_begin_so_in_their_order()
    {
        using var store = Store();
        foreach (var key in new[] { "frames/b", "frames/a/2", "frames/a/10", "frames-old", "z", "Z" }) await PutAsync(store, key, key);
        Directory.CreateDirectory(Path.Combine(_folder, "objects", "empty"));

        Assert.Equal(["Z", "frames-old", "frames/a/10", "frames/a/2", "frames/b", "z"], await KeysAsync(store, ""));
        Assert.Equal(["frames/a/10", "frames/a/2", "frames/b"], await KeysAsync(store, "frames/"));
        Assert.Equal(["frames/a/10"], await KeysAsync(store, "frames/a/1"));
        Assert.Equal(["frames-old", "frames/a/10", "frames/a/2", "frames/b"], await KeysAsync(store, "fr"));
        Assert.Empty(await KeysAsync(store, "nothing/"));
        Assert.Equal(11, (await store.ListAsync("frames/a/10", Ct).FirstAsync(Ct)).Length);
    }

    [Fact]
    public async Task What_is_deleted_is_gone_and_what_is_not_there_can_be_deleted()
    {
        using var store = Store();
        await PutAsync(store, "a/b", "x");
        await store.DeleteAsync("a/b", Ct);
        await store.DeleteAsync("a/b", Ct);
        await store.DeleteAsync("never/there", Ct);
        Assert.Empty(await KeysAsync(store, ""));
    }

    [Fact]
    public async Task A_folder_that_nothing_lies_in_any_more_is_gone_with_its_name_and_the_store_is_not()
    {
        using var store = Store();
        await PutAsync(store, "people/ann/a", "x");
        await PutAsync(store, "people/bob/a", "x");
        await store.DeleteAsync("people/ann/a", Ct);
        Assert.False(Directory.Exists(Path.Combine(_folder, "objects", "people", "ann")));
        await store.DeleteAsync("people/bob/a", Ct);
        Assert.False(Directory.Exists(Path.Combine(_folder, "objects", "people")));
        Assert.Empty(await KeysAsync(store, ""));
    }

    [Fact]
    public async Task Puts_and_deletes_in_one_folder_do_not_disturb_each_other()
    {
        using var store = Store();
        await Parallel.ForAsync(0, 200, Ct, async (i, _) =>
        {
            await PutAsync(store, $"a/b/{i}", "x");
            if (i % 4 != 0) await store.DeleteAsync($"a/b/{i}", Ct);
        });
        Assert.Equal(50, (await KeysAsync(store, "a/")).Count);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_has_no_list()
    {
        using var store = Store();
        Assert.Contains($"there is no folder {_folder}/objects", (await Assert.ThrowsAsync<WireException>(() => KeysAsync(store, "a/"))).Message, StringComparison.Ordinal);
        store.Prepare();
        Assert.Empty(await KeysAsync(store, "a/"));
    }

    [Fact]
    public async Task Who_reads_has_the_object_whole_while_it_is_replaced()
    {
        using var store = Store();
        await PutAsync(store, "pointer", new string('a', 100_000));
        using var reading = await store.GetAsync("pointer", null, Ct);
        await PutAsync(store, "pointer", "b");
        Assert.All(await reading.ReadAsync(100_000, Ct), letter => Assert.Equal((byte)'a', letter));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder, "objects", ".writing")));
    }

    [Fact]
    public async Task Only_its_owner_can_read_what_is_put()
    {
        if (OperatingSystem.IsWindows()) return; // where files inherit their folder's access list
        using var store = Store();
        await PutAsync(store, "a/b", "x");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "objects", "a", "b")));
        foreach (var folder in new[] { "objects", Path.Combine("objects", "a") })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_folder, folder)));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_told_with_its_name()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "objects"), "no folder", Ct);
        using var store = Store();
        Assert.Contains(_folder, (await Assert.ThrowsAsync<WireException>(() => PutAsync(store, "a", "x"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("date=2026-05-04/front-door:1/a.jpg")]
    [InlineData("a/b.c/d")]
    public void These_are_keys(string key) => Assert.True(ObjectStore.IsKey(key));

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData(".writing/a")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a\\b")]
    [InlineData("a?b")]
    public async Task These_are_no_keys_and_touch_nothing(string key)
    {
        Assert.False(ObjectStore.IsKey(key));
        using var store = Store();
        await Assert.ThrowsAsync<ArgumentException>(() => PutAsync(store, key, "x"));
        await Assert.ThrowsAsync<ArgumentException>(() => store.GetAsync(key, null, Ct));
        await Assert.ThrowsAsync<ArgumentException>(() => store.DeleteAsync(key, Ct));
        Assert.False(Directory.Exists(Path.Combine(_folder, "objects")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/tmp/x")]
    [InlineData("file://host/x")]
    [InlineData("file:/tmp/x")]
    [InlineData("http://bucket/x")]
    [InlineData("s3:///x")]
    [InlineData("s3://bucket/a?b")]
    [InlineData("s3://bucket:8/a")]
    [InlineData("s3://bucket/a b")]
    public void What_is_no_place_for_objects_is_refused_with_what_was_wanted(string url) =>
        Assert.Contains("wanted s3://bucket", Assert.Throws<WireException>(() => ObjectStore.At(url)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task An_objects_own_url_is_its_folder_and_its_key()
    {
        var (store, key) = ObjectStore.AtObject($"file://{_folder}/objects/models/m.onnx");
        using (store)
        {
            Assert.Equal(("m.onnx", $"file://{_folder}/objects/models"), (key, store.Url));
            await PutAsync(store, key, "weights");
        }
        Assert.Equal("weights", await File.ReadAllTextAsync(Path.Combine(_folder, "objects", "models", "m.onnx"), Ct));
        foreach (var wrong in new[] { "s3://bucket", "s3://bucket/", "m.onnx", "file:///folder/.hidden" }) Assert.Throws<WireException>(() => ObjectStore.AtObject(wrong));
    }

    private ObjectStore Store() => ObjectStore.At($"file://{_folder}/objects/");

    private static Task<string> PutAsync(ObjectStore store, string key, string text) => store.PutAsync(key, Encoding.UTF8.GetBytes(text), "text/plain", Ct);

    private static async Task<List<string>> KeysAsync(ObjectStore store, string prefix) => await store.ListAsync(prefix, Ct).Select(entry => entry.Key).ToListAsync(Ct);
}
