using System.Text;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

/// <summary>Object storage over Amazon's client: against a bucket of our own on loopback, and against moto's where that is installed.</summary>
public sealed class S3Tests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bucket_keeps_gives_lists_and_forgets_objects_as_a_folder_does()
    {
        await using var bucket = await Bucket.StartAsync();
        await TryAsync($"s3://{Bucket.Name}/some/place", bucket.Url);
        Assert.Contains("PUT some/place/people/one 200", bucket.Asked);
        Assert.Contains("GET some/place/people/one 304", bucket.Asked);
    }

    [Fact]
    public async Task So_does_moto()
    {
        await using var moto = await Moto.StartAsync();
        await TryAsync($"s3://{Moto.Bucket}/some/place/", moto.Url);
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_or_refuses_is_told_with_what_to_do()
    {
        await using var bucket = await Bucket.StartAsync();
        using (var nowhere = ObjectStore.At("s3://no-such-bucket", bucket.Url))
        {
            var missing = await Assert.ThrowsAsync<WireException>(() => nowhere.GetAsync("key", null, Ct));
            Assert.Contains("there is no bucket 'no-such-bucket' at http://127.0.0.1:", missing.Message, StringComparison.Ordinal);
        }
        using var store = ObjectStore.At($"s3://{Bucket.Name}", bucket.Url);
        bucket.Refusal = (403, "AccessDenied");
        Assert.Contains("needs s3:GetObject there, or the object is not there", (await Assert.ThrowsAsync<WireException>(() => store.GetAsync("key", null, Ct))).Message, StringComparison.Ordinal);
        Assert.Contains("needs s3:PutObject", (await Assert.ThrowsAsync<WireException>(() => PutAsync(store, "key", "x"))).Message, StringComparison.Ordinal);
        Assert.Contains("needs s3:DeleteObject", (await Assert.ThrowsAsync<WireException>(() => store.DeleteAsync("key", Ct))).Message, StringComparison.Ordinal);
        Assert.Contains("needs s3:ListBucket", (await Assert.ThrowsAsync<WireException>(() => KeysAsync(store, ""))).Message, StringComparison.Ordinal);
        foreach (var code in new[] { "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken" })
        {
            bucket.Refusal = (403, code);
            var nobody = (await Assert.ThrowsAsync<WireException>(() => PutAsync(store, "key", "x"))).Message;
            Assert.Contains($"does not take the credentials ({code}", nobody, StringComparison.Ordinal);
            Assert.Contains("to what may do s3:PutObject there", nobody, StringComparison.Ordinal);
        }
        bucket.Refusal = (500, "InternalError");
        Assert.True(SqsQueue.IsOutage(await Assert.ThrowsAnyAsync<Amazon.Runtime.AmazonServiceException>(() => store.GetAsync("key", null, Ct))));
    }

    [Fact]
    public async Task A_large_object_goes_in_parts_of_which_none_stays_where_one_is_refused()
    {
        await using var bucket = await Bucket.StartAsync();
        using var store = ObjectStore.At($"s3://{Bucket.Name}/place", bucket.Url);
        var large = new byte[(11 << 20) + 1];
        new Random(1).NextBytes(large);
        bucket.RefusedPart = 2;

        Assert.Contains("needs s3:PutObject", (await Assert.ThrowsAsync<WireException>(() => store.PutAsync("large", large, "image/png", Ct))).Message, StringComparison.Ordinal);

        Assert.Empty(bucket.Objects);
        Assert.Empty(bucket.Parts);
        Assert.Equal("DELETE place/large 204", bucket.Asked.Last());
        bucket.RefusedPart = null;
        await store.PutAsync("large", large, "image/png", Ct);
        Assert.Equal(large, bucket.Objects["place/large"]);
        Assert.Equal(3, bucket.Asked.TakeLast(5).Count(asked => asked == "PUT place/large 200"));
    }

    private static async Task TryAsync(string url, Uri endpoint)
    {
        using var store = ObjectStore.At(url, endpoint);
        Assert.Same(StoredObject.Missing, await store.GetAsync("people/one", null, Ct));
        var first = await PutAsync(store, "people/one", "first");
        Assert.Same(StoredObject.NotModified, await store.GetAsync("people/one", first, Ct));
        var second = await PutAsync(store, "people/one", "second");
        using (var got = await store.GetAsync("people/one", first, Ct))
            Assert.Equal((second, "second"), (got.ETag, Encoding.UTF8.GetString(await got.ReadAsync(100, Ct))));

        foreach (var key in new[] { "people/two", "people/three", "people/date=2026-05-04/cam:1", "other" }) await PutAsync(store, key, key);
        Assert.Equal(["other", "people/date=2026-05-04/cam:1", "people/one", "people/three", "people/two"], await KeysAsync(store, ""));
        Assert.Equal(["people/three", "people/two"], await KeysAsync(store, "people/t"));
        await store.DeleteAsync("people/one", Ct);
        await store.DeleteAsync("people/one", Ct);
        Assert.Same(StoredObject.Missing, await store.GetAsync("people/one", null, Ct));
        Assert.Equal(3, (await KeysAsync(store, "people/")).Count);
    }

    private static Task<string> PutAsync(ObjectStore store, string key, string text) => store.PutAsync(key, Encoding.UTF8.GetBytes(text), "text/plain", Ct);

    private static async Task<List<string>> KeysAsync(ObjectStore store, string prefix) => await store.ListAsync(prefix, Ct).Select(entry => entry.Key).ToListAsync(Ct);
}
