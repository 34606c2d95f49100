using System.Buffers;

namespace Sightline.Wire;

/// <summary>
/// Objects by key: in a bucket (<c>s3://bucket/prefix</c>) or in a folder of this machine (<c>file:///folder</c>), which behaves alike. An object is there
/// whole or not at all, and who puts a key again replaces what it had. Thread-safe.
/// </summary>
public sealed class ObjectStore : IDisposable
{
    private static readonly SearchValues<char> KeyCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!-_.*'()=:/");

    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html; its characters are ASCII here, so they are bytes.
    private const int LongestKey = 1024;

    private readonly IObjects _objects;
    private readonly string _prefix;

    private ObjectStore(string url, IObjects objects, string prefix) => (Url, _objects, _prefix) = (url, objects, prefix);

    /// <summary>As it was given, without a slash at the end.</summary>
    public string Url { get; }

    /// <param name="url"><c>s3://bucket</c>, <c>s3://bucket/prefix</c> or <c>file:///folder</c>; a folder is made where it is first put into.</param>
    /// <param name="s3Endpoint">A server that speaks S3's protocol and is not Amazon's; null: Amazon. Who signs there: as <see cref="SqsEndpoint.At"/> says.</param>
    /// <exception cref="WireException">It is no such URL, no region is set, or no key for a server that needs one.</exception>
    public static ObjectStore At(string url, Uri? s3Endpoint = null)
    {
        var trimmed = url.TrimEnd('/');
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Query.Length == 0 && uri.Fragment.Length == 0)
        {
            if (uri.Scheme == Uri.UriSchemeFile && uri.Host.Length == 0 && url.StartsWith("file:///", StringComparison.Ordinal)) return new(trimmed, new FolderObjects(uri.LocalPath), "");
            var prefix = uri.AbsolutePath.Trim('/');
            if (uri.Scheme == "s3" && uri.Host.Length > 0 && uri.IsDefaultPort && (prefix.Length == 0 || IsKey(prefix)))
                return new(trimmed, S3Objects.Connect(url["s3://".Length..].Split('/')[0], s3Endpoint), prefix.Length == 0 ? "" : prefix + "/");
        }
        throw new WireException($"'{Quoted.Of(url)}' is no place for objects; wanted s3://bucket, s3://bucket/prefix or file:///folder (three slashes, then the path)");
    }

    /// <summary>The store and the key of one object's URL.</summary>
    /// <exception cref="WireException">As <see cref="At"/>, or nothing stands behind the last slash.</exception>
    public static (ObjectStore Store, string Key) AtObject(string url, Uri? s3Endpoint = null)
    {
        var slash = url.LastIndexOf('/');
        if (slash > 0 && IsKey(url[(slash + 1)..]) && url[..slash].Contains("://", StringComparison.Ordinal)) return (At(url[..slash] + "/", s3Endpoint), url[(slash + 1)..]);
        throw new WireException($"'{Quoted.Of(url)}' names no object; wanted s3://bucket/key or file:///folder/file");
    }

    /// <summary>What both kinds take as a key: 1 to 1,024 of <c>A-Z a-z 0-9 ! - _ . * ' ( ) = : /</c>, none of whose parts between slashes is empty or begins with a dot.</summary>
    public static bool IsKey(string key) =>
        key.Length is >= 1 and <= LongestKey && !key.AsSpan().ContainsAnyExcept(KeyCharacters)
        && key[0] is not ('/' or '.') && key[^1] != '/' && !key.Contains("//", StringComparison.Ordinal) && !key.Contains("/.", StringComparison.Ordinal);

    /// <summary>Puts an object there; when it returns, the object is safe.</summary>
    /// <returns>Its ETag.</returns>
    /// <exception cref="WireException">There is no such bucket, or this process may not write there.</exception>
    public Task<string> PutAsync(string key, ReadOnlyMemory<byte> content, string contentType, CancellationToken ct) => _objects.PutAsync(Full(key), content, contentType, ct);

    /// <summary>The object, to be disposed; or that it is not there, or has not changed since it had that ETag.</summary>
    /// <exception cref="WireException">There is no such bucket, or this process may not read there.</exception>
    public Task<StoredObject> GetAsync(string key, string? ifNoneMatch, CancellationToken ct) => _objects.GetAsync(Full(key), ifNoneMatch, ct);

    /// <summary>Every object whose key begins so, in the order of their keys; pages are fetched as they are needed.</summary>
    /// <param name="prefix">Any beginning of a key; empty: all.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="WireException">There is no such bucket or folder, or this process may not list it.</exception>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        if (prefix.Length > 0 && !IsKey(prefix.TrimEnd('/'))) throw NoKey(prefix);
        await foreach (var entry in _objects.ListAsync(_prefix + prefix, ct)) yield return entry with { Key = entry.Key[_prefix.Length..] };
    }

    /// <summary>Nothing is there any more; whether something was, nobody knows.</summary>
    /// <exception cref="WireException">There is no such bucket, or this process may not delete there.</exception>
    public Task DeleteAsync(string key, CancellationToken ct) => _objects.DeleteAsync(Full(key), ct);

    /// <summary>Makes the folder, so that one that is not there later is told from one that is empty. Where it cannot be made, the first put says so; a bucket is never made.</summary>
    public void Prepare() => _objects.Prepare();

    public void Dispose() => _objects.Dispose();

    private string Full(string key) => IsKey(key) && _prefix.Length + key.Length <= LongestKey ? _prefix + key : throw NoKey(key);

    private static ArgumentException NoKey(string key) => new($"got '{Quoted.Of(key)}', which is no key of an object (ObjectStore.IsKey)", nameof(key));
}

/// <summary>What a <see cref="ObjectStore.GetAsync"/> found.</summary>
public sealed record StoredObject : IDisposable
{
    private StoredObject() { }

    public static StoredObject Missing { get; } = new();

    public static StoredObject NotModified { get; } = new();

    /// <summary>Null where there is nothing to read. Read once, from its beginning.</summary>
    public Stream? Content { get; private init; }

    /// <summary>To be given as <c>ifNoneMatch</c>; changes with the content, and is opaque.</summary>
    public string ETag { get; private init; } = "";

    public long Length { get; private init; }

    public static StoredObject Of(Stream content, string etag, long length) => new() { Content = content, ETag = etag, Length = length };

    /// <summary>All of it.</summary>
    /// <exception cref="InvalidDataException">It is larger than <paramref name="most"/> bytes, or ends before its length.</exception>
    public async Task<byte[]> ReadAsync(int most, CancellationToken ct)
    {
        if (Content is null) throw new InvalidOperationException("there is nothing to read");
        if (Length > most) throw new InvalidDataException($"the object has {Length} bytes; {most} are taken at the most");
        var bytes = new byte[Length];
        try
        {
            await Content.ReadExactlyAsync(bytes, ct);
        }
        catch (EndOfStreamException cut)
        {
            throw new InvalidDataException($"the object has {Length} bytes and ended before that", cut);
        }
        return bytes;
    }

    public void Dispose() => Content?.Dispose();
}

/// <summary>An object in a list.</summary>
public sealed record ObjectEntry(string Key, long Length, DateTimeOffset ChangedAt);

/// <summary>Where objects lie. Keys are whole and checked.</summary>
internal interface IObjects : IDisposable
{
    Task<string> PutAsync(string key, ReadOnlyMemory<byte> content, string contentType, CancellationToken ct);

    Task<StoredObject> GetAsync(string key, string? ifNoneMatch, CancellationToken ct);

    IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken ct);

    Task DeleteAsync(string key, CancellationToken ct);

    void Prepare();
}
