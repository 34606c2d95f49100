using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Sightline.Wire;

/// <summary>Objects in a bucket of Amazon S3, or of a server that speaks its protocol.</summary>
internal sealed class S3Objects : IObjects
{
    // S3's smallest part (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html): a line that breaks costs one of them, and not the whole object.
    private const int PartSize = 5 << 20;

    // As for SQS: a server that is not there is noticed soon.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(2);

    // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    private static readonly string[] NobodysCredentials = ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired"];

    private readonly AmazonS3Client _s3;
    private readonly string _bucket;

    private S3Objects(AmazonS3Client s3, string bucket) => (_s3, _bucket) = (s3, bucket);

    /// <summary>Nothing is sent yet.</summary>
    public static S3Objects Connect(string bucket, Uri? endpoint)
    {
        var config = new AmazonS3Config { ConnectTimeout = ConnectTimeout };
        if (endpoint is null)
        {
            config.RegionEndpoint = FallbackRegionFactory.GetRegionEndpoint() ?? throw SqsEndpoint.NoRegion("Amazon S3");
            return new(new AmazonS3Client(config), bucket);
        }
        config.ServiceURL = endpoint.AbsoluteUri;
        // Other servers have no host name for each bucket, and not all know the checksums that Amazon's client has added since 2025:
        // https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html
        config.ForcePathStyle = !SqsEndpoint.IsAmazonsHost(endpoint);
        (config.RequestChecksumCalculation, config.ResponseChecksumValidation) = (RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation.WHEN_REQUIRED);
        var (credentials, region) = SqsEndpoint.SignerFor(endpoint, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
        config.AuthenticationRegion = region;
        // A server of S3's protocol on this machine may well look at signatures; what was given to this process is for it then.
        if (endpoint.IsLoopback) credentials = SqsEndpoint.GivenToThisProcess() ?? credentials;
        return new(credentials is null ? new AmazonS3Client(config) : new AmazonS3Client(credentials, config), bucket);
    }

    public Task<string> PutAsync(string key, ReadOnlyMemory<byte> content, string contentType, CancellationToken ct) => AskAsync("s3:PutObject", key, async () =>
    {
        if (content.Length > PartSize) return await PutInPartsAsync(key, content, contentType, ct);
        using var body = new MemoryStream(content.ToArray(), writable: false);
        // One plain body: not every server takes the chunks that the client would make of it.
        var put = new PutObjectRequest { BucketName = _bucket, Key = key, InputStream = body, ContentType = contentType, UseChunkEncoding = false };
        return (await _s3.PutObjectAsync(put, ct)).ETag;
    });

    public Task<StoredObject> GetAsync(string key, string? ifNoneMatch, CancellationToken ct) => AskAsync("s3:GetObject", key, async () =>
    {
        try
        {
            var got = await _s3.GetObjectAsync(new GetObjectRequest { BucketName = _bucket, Key = key, EtagToNotMatch = ifNoneMatch }, ct);
            return StoredObject.Of(got.ResponseStream, got.ETag, got.ContentLength);
        }
        catch (AmazonS3Exception other) when (other.StatusCode == HttpStatusCode.NotModified)
        {
            return StoredObject.NotModified;
        }
        catch (AmazonS3Exception other) when (other.StatusCode == HttpStatusCode.NotFound && other.ErrorCode != "NoSuchBucket")
        {
            return StoredObject.Missing;
        }
    });

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        var list = new ListObjectsV2Request { BucketName = _bucket, Prefix = prefix };
        while (true)
        {
            var page = await AskAsync("s3:ListBucket", prefix, () => _s3.ListObjectsV2Async(list, ct));
            foreach (var found in page.S3Objects ?? []) yield return new(found.Key, found.Size ?? 0, found.LastModified?.ToUniversalTime() ?? default);
            if (page.IsTruncated != true) yield break;
            list.ContinuationToken = page.NextContinuationToken;
        }
    }

    public Task DeleteAsync(string key, CancellationToken ct) => AskAsync("s3:DeleteObject", key, () => _s3.DeleteObjectAsync(_bucket, key, ct));

    public void Prepare()
    {
        // A bucket is never made from here.
    }

    public void Dispose() => _s3.Dispose();

    /// <summary>Each part is tried again by itself; the object is there when all are. What a killed process leaves, a bucket's lifecycle ends.</summary>
    private async Task<string> PutInPartsAsync(string key, ReadOnlyMemory<byte> content, string contentType, CancellationToken ct)
    {
        var upload = (await _s3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = _bucket, Key = key, ContentType = contentType }, ct)).UploadId;
        try
        {
            var parts = new List<PartETag>();
            for (var at = 0; at < content.Length; at += PartSize)
            {
                var part = content[at..Math.Min(content.Length, at + PartSize)];
                using var body = new MemoryStream(part.ToArray(), writable: false);
                var request = new UploadPartRequest
                {
                    BucketName = _bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = parts.Count + 1,
                    PartSize = part.Length,
                    InputStream = body,
                    UseChunkEncoding = false,
                };
                parts.Add(new(parts.Count + 1, (await _s3.UploadPartAsync(request, ct)).ETag));
            }
            return (await _s3.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = _bucket, Key = key, UploadId = upload, PartETags = parts }, ct)).ETag;
        }
        catch
        {
            await AbortAsync(key, upload);
            throw;
        }
    }

    private async Task AbortAsync(string key, string upload)
    {
        using var timeout = new CancellationTokenSource(AbortTimeout);
        try
        {
            await _s3.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = _bucket, Key = key, UploadId = upload }, timeout.Token);
        }
        catch (Exception error) when (SqsQueue.IsOutage(error))
        {
            // As after a kill.
        }
    }

    /// <summary>What an operator must see to becomes a <see cref="WireException"/>; what passes by itself stays what it is.</summary>
    private async Task<T> AskAsync<T>(string permission, string key, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (AmazonS3Exception missing) when (missing.ErrorCode == "NoSuchBucket")
        {
            throw new WireException($"there is no bucket '{_bucket}' at {Where}: create it there (it is never created from here), or name another", missing);
        }
        catch (AmazonS3Exception nobody) when (NobodysCredentials.Contains(nobody.ErrorCode))
        {
            throw new WireException($"bucket '{_bucket}': {Where} does not take the credentials ({nobody.ErrorCode}: {nobody.Message}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE) or the machine's role to what may do {permission} there", nobody);
        }
        catch (AmazonS3Exception refused) when (refused.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
        {
            // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: without s3:ListBucket a key that is not there is Forbidden too.
            var hint = permission == "s3:GetObject" ? ", or the object is not there and s3:ListBucket is not allowed either, without which S3 does not say so" : "";
            throw new WireException($"s3://{_bucket}/{key}: {Where} refuses it ({refused.ErrorCode}: {refused.Message}); the role or user needs {permission} there{hint}", refused);
        }
        catch (AmazonS3Exception elsewhere) when (elsewhere.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect)
        {
            throw new WireException($"bucket '{_bucket}' is not in this region ({Where}): set AWS_REGION to the bucket's ({elsewhere.Message})", elsewhere);
        }
        catch (AmazonClientException none) when (SqsEndpoint.IsMissingCredentials(none))
        {
            throw SqsEndpoint.NoCredentials(Where, none);
        }
    }

    private string Where => _s3.Config.ServiceURL is { Length: > 0 } url ? url : $"Amazon S3, region {_s3.Config.RegionEndpoint?.SystemName}";
}
