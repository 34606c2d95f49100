using System.Diagnostics;
using Sightline.Device;
using Sightline.Edge;
using Sightline.Faces;
using Sightline.People;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Faults;

/// <summary>What came of a run: what was done to the system, and what its books and its devices say.</summary>
internal sealed record FaultResult(int Seed, IReadOnlyDictionary<string, int> Faults, SendSummary Sent, HostileSummary Hostile, BooksReport Books, IReadOnlyList<string> Errors)
{
    public int Kills => Faults.Where(fault => fault.Key.StartsWith("kill ", StringComparison.Ordinal)).Sum(fault => fault.Value);

    public override string ToString() =>
        $"seed {Seed}: {string.Join(", ", Faults.OrderBy(fault => fault.Key).Select(fault => $"{fault.Value} {fault.Key}"))}; {Sent.Sent} frames sent, {Sent.Answered} answered, {Sent.Lost} lost, {Sent.Duplicate} answered again; "
        + $"{Hostile}; books: {Books.All.Accepted} accepted = {Books.All.Answered} answered + {Books.All.Expired} expired + {Books.All.Failed} failed + {Books.All.Open} open, {Books.All.Duplicates} duplicates";
}

/// <summary>
/// The whole system, each part a process, under a camera's load while it is killed, stopped, cut off, stalled, slowed down, sent things twice and sent rubbish,
/// in an order that a seed decides. At the end it is left alone until everything is answered.
/// </summary>
internal sealed class FaultRun : IAsyncDisposable
{
    private const int Devices = 3;
    private const double Rate = 2; // frames a second of each

    // Longer than the longest wait between two tries of what is away (30 s), several times over: what is not answered by then is lost.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-faults-").FullName;
    private readonly FaultyPath _mqtt = new(), _sqs = new();
    private readonly Part _box, _core, _recognizer;
    private readonly Random _random;
    private readonly int _seed;
    private readonly SortedDictionary<string, int> _faults = [];
    private readonly Action<string> _say;

    /// <param name="seed">Decides what is done when.</param>
    /// <param name="say">Told of every fault.</param>
    public FaultRun(int seed, Action<string> say)
    {
        (_seed, _say, _random) = (seed, say, new Random(seed));
        (string, string)[] environment = [("SIGHTLINE_ASSETS", _folder), ("HOME", _folder)];
        string mqtt = $"mqtt://127.0.0.1:{_mqtt.Port}", sqs = $"http://127.0.0.1:{_sqs.Port}";
        _box = new Part("box", ["box", "--mqtt-port", "0", "--sqs-port", "0", "--data", Path.Combine(_folder, "box")], environment, ready =>
            (_mqtt.Target, _sqs.Target) = (PortOf(ready["mqtt"]), PortOf(ready["sqs"])));
        _core = new Part("core", ["edge", "--broker", mqtt, "--sqs", sqs, "--detector", "builtin", "--data", Path.Combine(_folder, "core")], environment, _ => { });
        _recognizer = new Part("recognizer", ["recognize", "--sqs", sqs, "--model", "builtin", "--gallery", Path.Combine(_folder, "gallery.db"), "--keep", "0"], environment, _ => { });
    }

    private string BooksFile => Path.Combine(_folder, "core", "books.db");

    /// <param name="time">How long faults are made; what follows takes as long as it takes.</param>
    /// <param name="ct">Ends it early.</param>
    public async Task<FaultResult> RunAsync(TimeSpan time, CancellationToken ct)
    {
        Enroll();
        await _box.StartAsync(ct);
        await Task.WhenAll(_core.StartAsync(ct), _recognizer.StartAsync(ct));

        var count = (int)(time.TotalSeconds * Rate);
        using var log = new LogBook();
        var options = new CameraOptions { Broker = MqttEndpoint.Parse($"mqtt://127.0.0.1:{_mqtt.Port}"), Rate = Rate, Count = count, AnswerTimeout = Patience };
        var sources = Enumerable.Range(0, Devices).Select(_ => new Images()).ToArray();
        var sending = Cameras.RunAsync(options, sources, null, log, TimeProvider.System, ct);
        var hostile = new HostileDevice(options.Broker, _random.Next(), log);
        var hostility = hostile.RunAsync(time, ct);
        await MakeFaultsAsync(time, ct);

        var sent = await sending.WaitAsync(ct);
        var summary = await hostility;
        await hostile.DisposeAsync();
        var watch = Stopwatch.StartNew();
        var books = BooksReport.Read(BooksFile);
        while (books.All.Open > 0 && watch.Elapsed < Patience)
        {
            await Task.Delay(200, ct);
            books = BooksReport.Read(BooksFile);
        }
        await _core.EndAsync(kill: false);
        await _recognizer.EndAsync(kill: false);
        await _box.EndAsync(kill: false);
        return new(_seed, _faults, sent, summary, books, [.. _box.Errors, .. _core.Errors, .. _recognizer.Errors, .. log.Errors.Select(line => line.ToString())]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in new[] { _core, _recognizer, _box }) await part.DisposeAsync();
        await _mqtt.DisposeAsync();
        await _sqs.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task MakeFaultsAsync(TimeSpan time, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < time)
        {
            await Task.Delay(_random.Next(500, 4_000), ct);
            await MakeFaultAsync(ct);
        }
        foreach (var path in new[] { _mqtt, _sqs })
        {
            path.DelayMs = 0;
            path.Flow();
        }
    }

    // Two of three are ends of a process; a stop that was asked for is the rarer one, as in life.
    private async Task MakeFaultAsync(CancellationToken ct)
    {
        var path = _random.Next(2) == 0 ? _mqtt : _sqs;
        var pathName = path == _mqtt ? "mqtt" : "sqs";
        switch (_random.Next(9))
        {
            case 0 or 1: await EndAsync(_core, kill: true, ct); break;
            case 2: await EndAsync(_recognizer, kill: true, ct); break;
            case 3 or 4: await EndAsync(_box, kill: true, ct); break;
            case 5: await EndAsync(new[] { _core, _recognizer, _box }[_random.Next(3)], kill: false, ct); break;
            case 6:
                Note($"cut {pathName}");
                path.Cut();
                break;
            case 7:
                Note($"stall {pathName}");
                path.Stall();
                await Task.Delay(_random.Next(200, 3_000), ct);
                path.Flow();
                break;
            default:
                path.DelayMs = path.DelayMs == 0 ? _random.Next(1, 20) : 0;
                Note($"delay {pathName}");
                break;
        }
    }

    private async Task EndAsync(Part part, bool kill, CancellationToken ct)
    {
        Note($"{(kill ? "kill" : "stop")} {part.Name}");
        await part.EndAsync(kill);
        if (part == _box) (_mqtt.Target, _sqs.Target) = (0, 0);
        await Task.Delay(_random.Next(0, 2_000), ct);
        await part.StartAsync(ct);
    }

    private void Note(string fault)
    {
        _faults[fault] = _faults.GetValueOrDefault(fault) + 1;
        _say(fault);
    }

    private void Enroll()
    {
        var assets = new AssetStore([]);
        using var embedder = Embedder.Load(FaceModel.Builtin, assets);
        using var gallery = Gallery.Open(Path.Combine(_folder, "gallery.db"), FaceModel.Builtin, TimeProvider.System);
        Assert.IsType<Enrolled>(Enroller.Enroll(gallery, Mtcnn.Load(DetectorModel.Builtin, assets), embedder, "Person One", Cast.Portrait(0), "photo.jpg"));
    }

    private static int PortOf(string address) => int.Parse(address[(address.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Faces and empty rooms, over and over.</summary>
    private sealed class Images : IFrameSource
    {
        private static readonly byte[][] Frames = [Cast.Alone(0), Photo.Empty(), Cast.Alone(1), Cast.Couple()];

        public int Count => Frames.Length;

        public Task<CameraFrame> GetAsync(long index, CancellationToken ct) => Task.FromResult(new CameraFrame("frame.jpg", Frames[index % Frames.Length]));
    }
}
