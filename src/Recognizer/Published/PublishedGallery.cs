using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.Recognizer.Published;

/// <summary>
/// A gallery that was published, as a file of this process that nobody enrols in. Whether there is another one is looked for when it is asked for and a minute has
/// passed, by the wall clock: Lambda freezes the process between invocations, and no timer runs. Not thread-safe: one invocation at a time.
/// </summary>
internal sealed partial class PublishedGallery : IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(1);

    // Lambda's /tmp has 512 MiB where nothing else is said: https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html. A photograph of
    // FaceNet's takes some 2.3 kB, so these are 100,000 of them; while one is replaced there are two.
    private const int LargestGallery = 240 << 20;
    private const int LargestPointer = 64 << 10;

    private readonly ObjectStore _store;
    private readonly string _folder;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Outage _outage;
    private readonly List<Gallery> _replaced = [];
    private FaceModel? _model;
    private Gallery? _gallery;
    private string? _etag;
    private string _sha256 = "";
    private DateTimeOffset _checkedAt;

    /// <param name="store">Where it was published.</param>
    /// <param name="folder">For its file.</param>
    /// <param name="logger">Told when there is another one, and when nobody can tell.</param>
    /// <param name="time">Says when a minute has passed.</param>
    public PublishedGallery(ObjectStore store, string folder, ILogger logger, TimeProvider time)
    {
        (_store, _folder, _logger, _time) = (store, folder, logger, time);
        _outage = new Outage($"the gallery at {store.Url}", logger, time);
    }

    /// <summary>Which model the gallery is for, by its pointer; to load it while the gallery is fetched.</summary>
    /// <exception cref="GalleryException">Nothing was published there, or what this Sightline does not know.</exception>
    /// <exception cref="WireException">The bucket or folder is not there, or may not be read.</exception>
    public async Task<FaceModel> ModelAsync(CancellationToken ct)
    {
        var (pointer, _) = await ReadPointerAsync(null, ct) ?? throw NothingPublished();
        return FaceModel.TryGet(pointer.Model, out var model) ? model
            : throw new GalleryException($"{_store.Url} has a gallery of model {Quoted.Of(pointer.Model)}, which this Sightline does not know; update it, or publish one of {string.Join(" or ", FaceModel.Names)}");
    }

    /// <exception cref="GalleryException">Nothing was published there, it is damaged, or for another model.</exception>
    /// <exception cref="WireException">The bucket or folder is not there, or may not be read.</exception>
    public async Task<Gallery> OpenAsync(FaceModel model, CancellationToken ct)
    {
        _model = model;
        if (!await TryReplaceAsync(ct)) throw NothingPublished();
        return _gallery!;
    }

    /// <summary>The one in force; the same as before where there is no other, or nobody can tell. One that was handed out stays open until there was another one twice.</summary>
    public async Task<Gallery> CurrentAsync(CancellationToken ct)
    {
        var now = _time.GetUtcNow();
        // A clock that was set back says nothing about how long it is.
        if (now - _checkedAt >= TimeSpan.Zero && now - _checkedAt < CheckInterval) return _gallery!;
        _checkedAt = now;
        try
        {
            if (await TryReplaceAsync(ct)) LogReplaced(_logger, _store.Url, _gallery!.Count);
            _outage.Worked();
        }
        catch (Exception problem) when (problem is GalleryException || SqsQueue.IsOutage(problem))
        {
            // Who was known is known on; a minute later it is tried again.
            _outage.Failed(problem is OperationCanceledException ? "there was no time left to ask" : problem.GetBaseException().Message);
        }
        return _gallery!;
    }

    public void Dispose()
    {
        foreach (var old in _replaced) Remove(old);
        if (_gallery is not null) Remove(_gallery);
        _store.Dispose();
    }

    /// <returns>Whether there is another gallery now.</returns>
    private async Task<bool> TryReplaceAsync(CancellationToken ct)
    {
        // Between the pointer and its gallery another one may be published, which deletes the first: then the pointer is another too.
        for (var again = true; ; again = false)
        {
            if (await ReadPointerAsync(_etag, ct) is not var (pointer, etag)) return false;
            if (pointer.Sha256 != _sha256)
            {
                if (pointer.ModelId != _model!.Id) throw new GalleryException($"{_store.Url} has a gallery of model {Quoted.Of(pointer.ModelId)} and this recognizer has {_model.Id}; publish one of that model (`sightline people publish --model {_model.Name}`), or set SIGHTLINE_MODEL to {Quoted.Of(pointer.Model)}");
                if (await FetchAsync(pointer, ct) is not { } file)
                {
                    if (again) continue;
                    throw new GalleryException($"{_store.Url}/{pointer.Key}, which {Publication.PointerKey} names, is not there; publish again (`sightline people publish {_store.Url}`)");
                }
                Use(OpenFile(file));
                _sha256 = pointer.Sha256;
                (_etag, _checkedAt) = (etag, _time.GetUtcNow());
                return true;
            }
            _etag = etag;
            return false;
        }
    }

    private async Task<(GalleryPointer Pointer, string ETag)?> ReadPointerAsync(string? ifNoneMatch, CancellationToken ct)
    {
        try
        {
            using var got = await _store.GetAsync(Publication.PointerKey, ifNoneMatch, ct);
            if (got.Content is null) return got == StoredObject.NotModified ? null : throw NothingPublished();
            var pointer = JsonSerializer.Deserialize(await got.ReadAsync(LargestPointer, ct), PublishedJson.Default.GalleryPointer);
            if (pointer is { Key: { } key, Sha256.Length: 64, Model: not null, ModelId: not null } && Publication.IsGallery(key)) return (pointer, got.ETag);
            throw new InvalidDataException("it lacks key, sha256, model or model_id");
        }
        catch (Exception broken) when (broken is JsonException or InvalidDataException)
        {
            throw new GalleryException($"{_store.Url}/{Publication.PointerKey} is no pointer to a gallery ({Quoted.Of(broken.Message)}); publish again (`sightline people publish {_store.Url}`)", broken);
        }
    }

    /// <returns>Null where it is not there.</returns>
    private async Task<string?> FetchAsync(GalleryPointer pointer, CancellationToken ct)
    {
        byte[] bytes;
        try
        {
            using var got = await _store.GetAsync(pointer.Key, null, ct);
            if (got.Content is null) return null;
            bytes = await got.ReadAsync(LargestGallery, ct);
        }
        catch (InvalidDataException wrong)
        {
            throw new GalleryException($"{_store.Url}/{pointer.Key}: {wrong.Message}", wrong);
        }
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (hash != pointer.Sha256) throw new GalleryException($"{_store.Url}/{pointer.Key} is damaged and is not used: its SHA-256 is {hash}, wanted {pointer.Sha256}; publish again (`sightline people publish {_store.Url}`)");
        // A name of its own: several processes may share the folder, and SQLite writes a log beside it.
        var file = Path.Combine(_folder, $"gallery-{Guid.NewGuid():N}.db");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var stream = new FileStream(file, options)) await stream.WriteAsync(bytes, ct);
        return file;
    }

    private Gallery OpenFile(string file)
    {
        try
        {
            return Gallery.Open(file, _model!, _time);
        }
        catch
        {
            Delete(file);
            throw;
        }
    }

    private void Use(Gallery gallery)
    {
        foreach (var old in _replaced) Remove(old);
        _replaced.Clear();
        if (_gallery is not null) _replaced.Add(_gallery); // a request that nobody waited for may still look in it
        _gallery = gallery;
    }

    private static void Remove(Gallery gallery)
    {
        gallery.Dispose();
        Delete(gallery.File);
    }

    private static void Delete(string file)
    {
        foreach (var ending in new[] { "", "-wal", "-shm" }) File.Delete(file + ending);
    }

    private GalleryException NothingPublished() => new($"no gallery was published at {_store.Url}: there is no {Publication.PointerKey}; run `sightline people publish {_store.Url}` where the gallery is");

    [LoggerMessage(Level = LogLevel.Information, Message = "the gallery at {Url} is another one now: {People} people")]
    private static partial void LogReplaced(ILogger logger, string url, int people);
}
