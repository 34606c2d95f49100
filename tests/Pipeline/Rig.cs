using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MQTTnet.Formatter;
using Sightline.App;
using Sightline.Broker;
using Sightline.Edge;
using Sightline.Faces;
using Sightline.People;
using Sightline.Pipeline.Wire;
using Sightline.Recognizer;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline;

/// <summary>
/// The whole real system on free ports in this process: MQTT broker, SQS, core, recognizer. Its parts can be stopped and started on
/// their own. It fails the test on any logged error, on a part that ended by itself, and on a task whose exception nobody saw.
/// </summary>
internal sealed class Rig : IAsyncDisposable
{
    public const string RequestQueue = "sightline-requests";
    public const string ResponseQueue = "sightline-answers";
    // Longer than the longest wait between two tries of what is away, 30 s.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-rig-").FullName;
    private readonly Models _models;
    private readonly List<TestDevice> _devices = [];
    private readonly List<string> _lostTasks = [];
    private Part? _core;
    private Part? _recognizer;
    private SqsServer? _sqs;
    private Socket? _kept;
    private int _sqsPort;
    private MqttEndpoint? _otherBroker;

    private Rig(Models models, AssetStore assets)
    {
        (_models, Assets) = (models, assets);
        TaskScheduler.UnobservedTaskException += OnLostTask;
    }

    public LogBook Log { get; } = new();
    public AssetStore Assets { get; }
    public FaceModel Model => _models.Recognizer;
    public CoreStatus Core { get; private set; } = new();
    public WorkerStatus Recognizer { get; private set; } = new();
    public MqttBroker Broker { get; private set; } = null!;
    public MqttEndpoint Mqtt => _otherBroker ?? MqttEndpoint.Parse($"mqtt://127.0.0.1:{Broker.Port}");
    public SqsEndpoint Sqs => SqsEndpoint.At(new Uri($"http://127.0.0.1:{_sqsPort}"));
    public string BooksFile => Path.Combine(_folder, "books.db");
    public string GalleryFile => Path.Combine(_folder, "gallery.db");

    /// <summary>A test that expects an error says which room may log one.</summary>
    public string? MayFail { get; set; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="core">Changes to the core's options.</param>
    /// <param name="recognizer">False: requests stay in their queue.</param>
    /// <param name="models">The built-in ones, for people of <see cref="Cast"/>, where nothing else is said.</param>
    /// <param name="assets">Where weights lie that are not built in; else beside the checkout.</param>
    /// <param name="mqtt">Somebody else's broker in place of the box's.</param>
    public static async Task<Rig> StartAsync(
        Func<CoreOptions, CoreOptions>? core = null, bool recognizer = true, Models? models = null, AssetStore? assets = null, MqttEndpoint? mqtt = null)
    {
        models ??= Models.Builtin;
        var rig = new Rig(models, assets ?? (models.Assets.Count == 0 ? new AssetStore([]) : SharedAssets()));
        rig._otherBroker = mqtt;
        if (mqtt is null) rig.Broker = await MqttBroker.StartAsync(new MqttServerOptions { Port = 0 }, rig.Log, TimeProvider.System, Ct);
        try
        {
            await rig.StartSqsAsync();
            await rig.StartCoreAsync(core);
            if (recognizer) await rig.StartRecognizerAsync();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>The weights beside the checkout; where they are missing the test is skipped by name.</summary>
    public static AssetStore SharedAssets()
    {
        Shared.Require("assets/pnet.pt");
        Shared.Require("assets/MobileFaceNet.onnx");
        return new AssetStore([Path.GetDirectoryName(Shared.Require("assets"))!]);
    }

    /// <summary>The second time on the port of the first.</summary>
    public async Task StartSqsAsync(Func<SqsServerOptions, SqsServerOptions>? change = null)
    {
        _kept?.Dispose();
        var options = new SqsServerOptions
        {
            Port = _sqsPort,
            Queues =
            [
                new(RequestQueue, "sightline-requests-dead"), new("sightline-requests-dead"),
                new(ResponseQueue, "sightline-answers-dead") { ReservedShare = 1.0 / 8 }, new("sightline-answers-dead"),
            ],
        };
        _sqs = await SqsServer.StartAsync(change is null ? options : change(options), Log, TimeProvider.System, Ct);
        _sqsPort = _sqs.Url.Port;
    }

    /// <summary>Its port stays taken, so that no test beside this one gets it meanwhile; nobody listens there.</summary>
    public async Task StopSqsAsync()
    {
        if (_sqs is null) return;
        await _sqs.DisposeAsync();
        _sqs = null;
        _kept = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Soon.Until(() =>
        {
            try
            {
                _kept.Bind(new IPEndPoint(IPAddress.Loopback, _sqsPort));
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
    }

    public async Task StartCoreAsync(Func<CoreOptions, CoreOptions>? change = null)
    {
        var options = new CoreOptions { Broker = Mqtt, Sqs = Sqs, Detector = _models.Detector, Assets = Assets, Alignments = [Model.Alignment], Books = BooksFile };
        var status = Core = new CoreStatus();
        _core = await Part.StartAsync(stop => Sightline.Edge.Core.RunAsync(change?.Invoke(options) ?? options, status, Log, TimeProvider.System, stop), status.Ready);
    }

    /// <returns>How long it took.</returns>
    public Task<TimeSpan> StopCoreAsync() => StopAsync(ref _core);

    public async Task StartRecognizerAsync(Func<WorkerOptions, WorkerOptions>? change = null)
    {
        var options = new WorkerOptions { Sqs = Sqs, Gallery = GalleryFile, Model = Model, Assets = Assets };
        var status = Recognizer = new WorkerStatus();
        _recognizer = await Part.StartAsync(stop => Worker.RunAsync(change?.Invoke(options) ?? options, status, Log, TimeProvider.System, stop), status.Ready);
    }

    /// <returns>How long it took.</returns>
    public Task<TimeSpan> StopRecognizerAsync() => StopAsync(ref _recognizer);

    public async Task<TestDevice> ConnectAsync(string name = "front-door-IoTThing", MqttProtocolVersion version = MqttProtocolVersion.V500)
    {
        var device = await TestDevice.ConnectAsync(Mqtt.Port, name, version);
        _devices.Add(device);
        return device;
    }

    /// <summary>Enrols photographs; in force for the running recognizer within a second.</summary>
    public void Enroll(params (string Name, byte[] Photo)[] people)
    {
        using var embedder = Embedder.Load(Model, Assets);
        using var gallery = Gallery.Open(GalleryFile, Model, TimeProvider.System);
        var detector = Mtcnn.Load(_models.Detector, Assets);
        foreach (var (name, photo) in people)
            Assert.IsType<Enrolled>(Enroller.Enroll(gallery, detector, embedder, name, photo, "photo.jpg"));
    }

    public async Task<QueueDepth> DepthAsync(string queue)
    {
        using var sqs = Sqs.Connect();
        return await (await SqsQueue.OpenAsync(sqs, queue, Ct)).DepthAsync(Ct);
    }

    /// <summary>Takes everything that lies in a queue.</summary>
    public async Task<IReadOnlyList<string>> TakeAllAsync(string queue)
    {
        using var sqs = Sqs.Connect();
        var url = (await SqsQueue.OpenAsync(sqs, queue, Ct)).Url;
        var bodies = new List<string>();
        while (await sqs.ReceiveMessageAsync(new Amazon.SQS.Model.ReceiveMessageRequest { QueueUrl = url, MaxNumberOfMessages = 10 }, Ct) is { Messages: { Count: > 0 } messages })
            bodies.AddRange(messages.Select(message => message.Body));
        return bodies;
    }

    /// <summary>Waits for something that becomes true by itself, and fails by its name where it does not.</summary>
    public static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Patience, $"waited {Patience.TotalSeconds} s until {what}");
            await Task.Delay(10, Ct);
        }
    }

    public static Task UntilAsync(string what, Func<bool> condition) => UntilAsync(what, () => Task.FromResult(condition()));

    public async ValueTask DisposeAsync()
    {
        foreach (var device in _devices) await device.DisposeAsync();
        await StopCoreAsync();
        await StopRecognizerAsync();
        await StopSqsAsync();
        _kept?.Dispose();
        if (_otherBroker is null) await Broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);

        // A task that failed unseen is reported when it is collected.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= OnLostTask;
        lock (_lostTasks) Assert.True(_lostTasks.Count == 0, string.Join(Environment.NewLine, _lostTasks));
        Assert.DoesNotContain(Log.Errors, line => line.Room != MayFail);
    }

    private static Task<TimeSpan> StopAsync(ref Part? part)
    {
        var stopping = part?.StopAsync() ?? Task.FromResult(TimeSpan.Zero);
        part = null;
        return stopping;
    }

    private void OnLostTask(object? sender, UnobservedTaskExceptionEventArgs lost)
    {
        // The event is the whole process's, and .NET's HTTP client leaves reads of its idle connections unseen when a server goes away
        // (https://github.com/dotnet/runtime/issues/61256), as it does on purpose in some tests. A task of ours has a line of ours.
        var told = lost.Exception.ToString();
        if (!told.Contains("at Sightline.", StringComparison.Ordinal)) return;
        lock (_lostTasks) _lostTasks.Add(told);
    }

    /// <summary>A process of its own in real life.</summary>
    private sealed class Part : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        private Part(Func<CancellationToken, Task> run) => _running = Task.Run(() => run(_stop.Token));

        /// <summary>Throws what it failed with where it does not become ready.</summary>
        public static async Task<Part> StartAsync(Func<CancellationToken, Task> run, Task ready)
        {
            var part = new Part(run);
            await Task.WhenAny(ready, part._running).WaitAsync(Patience, Ct);
            if (!ready.IsCompletedSuccessfully) await part._running.WaitAsync(Patience, Ct);
            await ready.WaitAsync(Patience, Ct);
            return part;
        }

        public async Task<TimeSpan> StopAsync()
        {
            var watch = Stopwatch.StartNew();
            await _stop.CancelAsync();
            await _running.WaitAsync(Patience, CancellationToken.None); // fails the test where it ended by itself, with why
            Dispose();
            return watch.Elapsed;
        }

        public void Dispose() => _stop.Dispose();
    }
}
