using System.Net;
using Microsoft.Extensions.Logging;
using Sightline.Broker;
using Sightline.Edge;
using Sightline.Faces;
using Sightline.People;
using Sightline.Recognizer;
using Sightline.Web;
using Sightline.Wire;

namespace Sightline.App;

/// <summary>The whole system in one process. The defaults run on a laptop with nothing set up; a port of 0 takes any free one.</summary>
internal sealed record UpOptions
{
    public int MqttPort { get; init; } = WireOptions.MqttPort;
    public int SqsPort { get; init; } = QueueOptions.BoxPort;

    /// <summary>Null: no HTTP at all.</summary>
    public int? HttpPort { get; init; } = WireOptions.HttpPort;

    /// <summary>Of the MQTT broker only; HTTP never leaves loopback.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;
    public string? MqttUsers { get; init; }

    /// <summary>Of the box's SQS endpoint; off loopback only with <see cref="SqsKeys"/>.</summary>
    public IPAddress SqsListen { get; init; } = IPAddress.Loopback;
    public string? SqsKeys { get; init; }

    /// <summary>Null: the box's own.</summary>
    public SqsEndpoint? Sqs { get; init; }
    public string RequestQueue { get; init; } = QueueOptions.RequestQueueName;
    public string ResponseQueue { get; init; } = QueueOptions.ResponseQueueName;

    /// <summary>Where the box keeps its queues, for one process at a time. Null: in a temporary file, for who wants nothing kept.</summary>
    public string? QueueFile { get; init; }

    /// <summary>See <see cref="CoreOptions.Books"/>.</summary>
    public string? Books { get; init; }

    /// <summary>See <see cref="CoreOptions.Fallback"/>.</summary>
    public SqsEndpoint? Fallback { get; init; }
    public TimeSpan FreshFor { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromHours(24);
    public long SpoolBytes { get; init; } = 1L << 30;

    /// <summary>Where the box keeps frames that the core has not acknowledged yet, as <see cref="QueueFile"/>.</summary>
    public string? InboxFile { get; init; }

    /// <summary>The most that waits there; beyond it frames are refused.</summary>
    public int InboxMib { get; init; } = 1024;
    public IReadOnlyList<string> Topics { get; init; } = [Wire.Topics.AllFrames];
    public AnswerPath Answers { get; init; } = AnswerPath.Mqtt;
    public int MinFaceSize { get; init; } = 40;
    public int Parallel { get; init; } = Environment.ProcessorCount;
    public required string Gallery { get; init; }

    public Models Models { get; init; } = Models.Published;

    /// <summary>What a face must come up to before it is looked for.</summary>
    public Gates Gates { get; init; } = Gates.Default;

    /// <summary>Of the last faces, in the journal beside the gallery; 0: none.</summary>
    public int Keep { get; init; } = Journal.UsualKeep;

    /// <summary>Where what came by is kept; null: nowhere.</summary>
    public ArchiveOptions? Archive { get; init; }

    /// <summary>See <see cref="WorkerOptions.S3Endpoint"/>.</summary>
    public Uri? S3Endpoint { get; init; }

    /// <summary>Null: the recognizer is a worker in this process.</summary>
    public LambdaChoice? Lambda { get; init; }

    /// <summary>The recognizer starts when this is done; it would see later what is enrolled later, but only within a second.</summary>
    public Task Enrolled { get; init; } = Task.CompletedTask;
    public required AssetStore Assets { get; init; }
}

/// <summary>What a running system took.</summary>
internal sealed record UpReady(MqttEndpoint Broker, SqsEndpoint Sqs, Uri? Http, string Gallery, int People, string Model, string Detector, Threshold Threshold)
{
    public bool IsLambda { get; init; }

    public string Line => $"ready mqtt={Broker.Host}:{Broker.Port} sqs={Sqs.ToString().TrimEnd('/')} http={Http?.ToString().TrimEnd('/') ?? "off"} gallery={Gallery} people={People} model={Model} threshold={Threshold.Similarity} detector={Detector}{(IsLambda ? " recognizer=lambda" : "")}";
}

/// <summary>Broker, core, recognizer, web: put together by hand, in the order the data flows.</summary>
internal static class Up
{
    /// <summary>Runs until <paramref name="stop"/>, then drains within five seconds. When a part dies, the whole stops with its error.</summary>
    public static async Task RunAsync(UpOptions options, Action<UpReady> onReady, ILoggerFactory logs, TimeProvider time, CancellationToken stop)
    {
        var users = UsersOf(options);
        var coreLogin = users is null ? null : MqttCoreLogin.Random();
        var keys = KeysOf(options);
        var ownKey = keys is null ? null : AccessKey.Random();

        // Frames come in here, and requests and answers go through there.
        await using var broker = await MqttBroker.StartAsync(BrokerOf(options, users, coreLogin), logs, time, stop);
        await using var box = options.Sqs is null ? await SqsServer.StartAsync(BoxOf(options) with { Keys = ownKey is null ? null : keys!.With(ownKey) }, logs, time, stop) : null;
        var sqs = options.Sqs ?? (ownKey is null ? SqsEndpoint.At(box!.Url) : SqsEndpoint.At(box!.Url).SignedBy(ownKey.Id, ownKey.Secret));
        var endpoint = new MqttEndpoint(Reachable(options.Listen).ToString(), broker.Port, coreLogin?.User, coreLogin?.Password, Tls: false);

        // The core finds faces, the recognizer names them. Each loads its model while the other does.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var coreStatus = new CoreStatus();
        var core = Task.Run(() => Core.RunAsync(CoreOf(options, endpoint, sqs), coreStatus, logs, time, ending.Token), CancellationToken.None);
        var (workerStatus, lambdaStatus) = (new WorkerStatus(), new LambdaStatus());
        var worker = Task.Run(() => NameAsync(options, stopping => options.Lambda is null
            ? Worker.RunAsync(WorkerOf(options, sqs), workerStatus, logs, time, stopping)
            : LambdaRecognizer.RunAsync(options, box!, ownKey, lambdaStatus, logs, time, stopping), ending.Token), CancellationToken.None);

        try
        {
            await using var web = options.HttpPort is { } port
                ? await WebServer.StartAsync(new WebOptions { Port = port, Parts = _ => new([Vitals.Of(broker.Inbox), .. Vitals.Of(coreStatus), .. options.Lambda is null ? Vitals.Of(workerStatus) : Vitals.Of(lambdaStatus)]) }, logs, stop)
                : null;
            var ready = Task.WhenAll(coreStatus.Ready, options.Lambda is null ? workerStatus.Ready : lambdaStatus.Ready);
            await Task.WhenAny(ready, core, worker);
            if (ready.IsCompletedSuccessfully)
            {
                var (people, threshold) = options.Lambda is null ? (workerStatus.People ?? 0, workerStatus.Threshold ?? options.Models.Recognizer.Threshold) : LambdaRecognizer.Look(options, time);
                onReady(new(endpoint, sqs, web?.Url, Path.GetFullPath(options.Gallery), people, options.Models.Recognizer.Id, options.Models.Detector.Name, threshold) { IsLambda = options.Lambda is not null });
            }
            await Task.WhenAny(core, worker);
        }
        finally
        {
            // Told to stop, or a part has ended: the others finish what they have and end too, before the servers below them go.
            await ending.CancelAsync();
            await Task.WhenAll(core, worker);
        }
    }

    /// <exception cref="Complaint">Off loopback without users.</exception>
    /// <exception cref="BrokerException">The file of users is missing or wrong.</exception>
    public static MqttUsers? UsersOf(UpOptions options)
    {
        if (!IPAddress.IsLoopback(options.Listen) && options.MqttUsers is null)
            throw Complaint.Usage($"--listen {options.Listen}: anybody in the network could publish and read; make users (`sightline users add NAME --file FILE`) and give --mqtt-users FILE");
        return options.MqttUsers is null ? null : MqttUsers.Load(options.MqttUsers);
    }

    /// <summary>Null: the box's SQS endpoint looks at no signature, or there is none, since another one is used.</summary>
    /// <exception cref="Complaint">Off loopback without keys, or an address for a box that is not there.</exception>
    /// <exception cref="BrokerException">The file of keys is missing or wrong.</exception>
    public static AccessKeys? KeysOf(UpOptions options)
    {
        if (options.Sqs is { } other)
            return IPAddress.IsLoopback(options.SqsListen) ? null : throw Complaint.Usage($"--sqs-listen {options.SqsListen}: with --sqs {other} there is no SQS endpoint of the box to listen; leave out one of the two");
        if (!IPAddress.IsLoopback(options.SqsListen) && options.SqsKeys is null)
            throw Complaint.Usage($"--sqs-listen {options.SqsListen}: anybody in the network could take requests and answers; make a key (`sightline users key --file FILE`) and give --sqs-keys FILE");
        return options.SqsKeys is null ? null : AccessKeys.Load(options.SqsKeys);
    }

    /// <exception cref="Complaint">A function for a queue that is not the box's, or one that is not there.</exception>
    public static void CheckLambda(UpOptions options)
    {
        if (options.Lambda is not { } lambda) return;
        if (options.Sqs is { } other)
            throw Complaint.Usage($"--recognizer lambda: with --sqs {other} there is no queue of the box to invoke a function with; leave out one of the two");
        if (options.Archive is { What: not ArchiveWhat.Off } archive && archive.Name.StartsWith("s3:", StringComparison.Ordinal) && options.S3Endpoint is not { IsLoopback: true })
            throw Complaint.Usage($"--recognizer lambda: the box's functions have a key of the box's and no AWS credentials, with which {archive.Name} can be reached; leave out --archive, give a folder, or an S3 server of this machine (AWS_ENDPOINT_URL_S3)");
        if (!File.Exists(lambda.Program))
            throw Complaint.Usage($"--recognizer lambda: there is no {lambda.Program}; make a folder with deploy/aws/package.sh and give it with --lambda-folder FOLDER");
    }

    private static async Task NameAsync(UpOptions options, Func<CancellationToken, Task> run, CancellationToken stop)
    {
        try
        {
            await options.Enrolled.WaitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return; // stopped before anybody could be named
        }
        await run(stop);
    }

    internal static MqttServerOptions BrokerOf(UpOptions options, MqttUsers? users, MqttCoreLogin? coreLogin) => new()
    {
        Address = options.Listen,
        Port = options.MqttPort,
        Users = users,
        CoreLogin = coreLogin,
        FrameFilters = options.Topics,
        InboxFile = options.InboxFile,
        InboxBytes = (long)options.InboxMib << 20,
    };

    /// <summary>Nobody can connect to 0.0.0.0 or [::]; who listens there listens on loopback too.</summary>
    internal static IPAddress Reachable(IPAddress listen) =>
        listen.Equals(IPAddress.Any) ? IPAddress.Loopback : listen.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listen;

    internal static SqsServerOptions BoxOf(UpOptions options) => new()
    {
        Address = options.SqsListen,
        Port = options.SqsPort,
        File = options.QueueFile,
        Queues =
        [
            new(options.RequestQueue + "-dead"),
            new(options.ResponseQueue + "-dead"),
            new(options.RequestQueue, options.RequestQueue + "-dead"),
            new(options.ResponseQueue, options.ResponseQueue + "-dead") { ReservedShare = 1.0 / 8 },
        ],
    };

    internal static CoreOptions CoreOf(UpOptions options, MqttEndpoint broker, SqsEndpoint sqs) => new()
    {
        Broker = broker,
        Topics = options.Topics,
        Sqs = sqs,
        RequestQueue = options.RequestQueue,
        ResponseQueue = options.ResponseQueue,
        Answers = options.Answers,
        Books = options.Books,
        Fallback = options.Fallback,
        FreshFor = options.FreshFor,
        KeepFor = options.KeepFor,
        SpoolBytes = options.SpoolBytes,
        MinFaceSize = options.MinFaceSize,
        Parallel = options.Parallel,
        Alignments = [options.Models.Recognizer.Alignment],
        Archive = options.Archive is null ? null : options.Archive with { Days = null }, // the recognizer deletes what is old
        Detector = options.Models.Detector,
        Assets = options.Assets,
    };

    private static WorkerOptions WorkerOf(UpOptions options, SqsEndpoint sqs) => new()
    {
        Sqs = sqs,
        RequestQueue = options.RequestQueue,
        ResponseQueue = options.ResponseQueue,
        Gallery = options.Gallery,
        Assets = options.Assets,
        Model = options.Models.Recognizer,
        Gates = options.Gates,
        Keep = options.Keep,
        Archive = options.Archive,
        S3Endpoint = options.S3Endpoint,
        Parallel = options.Parallel,
    };
}
