using Amazon.SQS;
using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.People;
using Sightline.Recognizer.Published;
using Sightline.Wire;

namespace Sightline.Recognizer.Lambda;

/// <summary>What the function has loaded and holds from its start to its end: model, gallery, queues.</summary>
internal sealed class Parts : IDisposable
{
    private readonly FunctionOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly IAmazonSQS _sqs;
    private readonly Dictionary<string, SqsQueue> _requests = new(StringComparer.Ordinal);
    private readonly PublishedGallery? _published;
    private readonly Outage _outage;
    private Embedder _embedder = null!;
    private Gallery _gallery = null!;
    private Journal? _journal;
    private Naming _naming = null!;

    private Parts(FunctionOptions options, ILogger logger, TimeProvider time)
    {
        (_options, _logger, _time) = (options, logger, time);
        _outage = new Outage("the request queue", logger, time);
        _sqs = options.Worker.Sqs.Connect();
        _published = options.GalleryUrl is { } url ? new(ObjectStore.At(url, options.S3Endpoint), FolderOf(options), logger, time) : null;
    }

    public Handling Handling { get; private set; } = null!;

    /// <summary>To be disposed before this; null where nothing is archived.</summary>
    public Archive? Archive { get; private set; }

    public string Answers { get; private set; } = "";
    public FaceModel Model => _embedder.Model;
    public int People => _gallery.Count;

    /// <summary>All at the same time as far as they can be: the model computes while the network is waited for.</summary>
    public static async Task<Parts> LoadAsync(FunctionOptions options, ILogger logger, TimeProvider time, CancellationToken ct)
    {
        var parts = new Parts(options, logger, time);
        try
        {
            await parts.LoadAsync(ct);
            return parts;
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _journal?.Dispose();
        if (_published is null) _gallery?.Dispose();
        else _published.Dispose();
        _embedder?.Dispose();
        _sqs.Dispose();
    }

    private async Task LoadAsync(CancellationToken ct)
    {
        var worker = _options.Worker;
        var answers = SqsQueue.OpenAsync(_sqs, worker.ResponseQueue, ct);
        await Task.WhenAll(answers, LoadModelAndGalleryAsync(worker, ct)); // both have ended before anything is disposed
        _naming = NamingOf(_gallery);
        // What Lambda deletes with the environment explains nothing; beside a gallery that lies on a disk the journal stays.
        _journal = _published is null && worker.Keep > 0 ? Journal.Open(worker.Gallery, worker.Keep, _time) : null;
        var queue = await answers;
        Answers = queue.Name;
        Archive = Archiving.OpenArchive(worker.Archive, _published is null ? _gallery : null, _logger, _time, ct);
        var archiving = Archive is null ? null : new Archiving(Archive, worker.Archive!.What, Model.Alignment.Id, ids => _gallery.AreEnrolled(ids)); // of the gallery in force then
        Handling = new(NamingAsync, QueueAsync, new Outgoing(queue, new WorkerStatus(), _logger, _time), _journal is null ? null : new Recording(_journal, _logger), archiving, _logger, Random.Shared);
    }

    private async Task LoadModelAndGalleryAsync(WorkerOptions worker, CancellationToken ct)
    {
        var model = (worker with { Model = _options.Model ?? await _published!.ModelAsync(ct) }).ModelInForce;
        await Task.WhenAll(
            Task.Run(async () => _embedder = await LoadModelAsync(model, ct), CancellationToken.None),
            Task.Run(async () => _gallery = _published is null ? Gallery.Open(worker.Gallery, model, _time) : await _published.OpenAsync(model, ct), CancellationToken.None));
    }

    private async Task<Embedder> LoadModelAsync(FaceModel model, CancellationToken ct)
    {
        if (_options.ModelObject is var (url, sha256)) await PublishedModel.FetchAsync(model, url, sha256, _options.S3Endpoint, FolderOf(_options), ct);
        return Embedder.Load(model, _options.Worker.Assets);
    }

    /// <summary>By the gallery in force: between two events it may have become another one.</summary>
    private async Task<Naming> NamingAsync(CancellationToken ct)
    {
        if (_published is null) return _naming;
        var gallery = await _published.CurrentAsync(ct);
        if (gallery != _gallery) (_gallery, _naming) = (gallery, NamingOf(gallery));
        return _naming;
    }

    /// <summary>Null where it cannot be asked: good requests are answered all the same, others come again when the queue's visibility timeout ends.</summary>
    private async Task<SqsQueue?> QueueAsync(string arn, CancellationToken ct)
    {
        if (_requests.TryGetValue(arn, out var known)) return known;
        try
        {
            var queue = _requests[arn] = await SqsQueue.OpenAsync(_sqs, arn, ct);
            _outage.Worked();
            return queue;
        }
        catch (Exception exception) when (SqsQueue.IsOutage(exception))
        {
            _outage.Failed(exception.GetBaseException().Message);
            return null;
        }
    }

    private Naming NamingOf(Gallery gallery) => new(_embedder, gallery, _options.Worker.Gates, _options.Worker.Parallel, _logger, _time);

    private static string FolderOf(FunctionOptions options) => Directory.CreateDirectory(options.Temporary).FullName;
}
