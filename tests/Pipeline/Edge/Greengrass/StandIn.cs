using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sightline.Pipeline.Edge.Greengrass;

/// <summary>
/// The IPC of nucleus lite 2.6.0 as it was seen on the wire, refusals and quirks included: connects end in an acknowledgement of 71 bytes or in a
/// bare end of file, events may overtake answers, a message of 10,013 bytes ends the connection, an event of more than 10,000 is never sent.
/// It stands in for the nucleus, the other components and AWS IoT Core.
/// </summary>
internal sealed class StandIn : IAsyncDisposable
{
    public const string Component = "com.sightline.Core";
    private const int LargestRequest = 10_012;
    private const int LargestEvent = 10_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-ipc-").FullName;
    private readonly ConcurrentDictionary<Session, bool> _sessions = new();
    private int _unanswered;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    private StandIn(JsonObject configuration) => Operations = new(this, configuration);

    public string SocketFile => Path.Combine(_folder, "gg-ipc.socket");

    /// <summary>Of sixteen characters, as the nucleus makes them; another one after each start.</summary>
    public string Token { get; private set; } = "";

    public StandInOperations Operations { get; }

    /// <summary>Every request, in the order in which they came.</summary>
    public ConcurrentQueue<(string Operation, JsonElement Body, WireMessage Message)> Requests { get; } = new();

    /// <summary>Connects, accepted or not.</summary>
    public ConcurrentQueue<WireMessage> Connects { get; } = new();

    /// <summary>Streams that components ended.</summary>
    public ConcurrentQueue<WireMessage> StreamEnds { get; } = new();

    public IEnumerable<Session> Sessions => _sessions.Keys;

    /// <summary>Writes go out a byte at a time.</summary>
    public bool InCrumbs { get; set; }

    /// <summary>Answers wait until the events that a request causes are out.</summary>
    public bool EventsFirst { get; set; } = true;

    /// <summary>Requests are read and never answered.</summary>
    public bool Silent { get; set; }

    /// <summary>How many were.</summary>
    public int Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>The next requests of these names end the connection in place of an answer.</summary>
    public ConcurrentQueue<string> Deadly { get; } = new();

    public static StandIn Start(JsonObject configuration)
    {
        var made = new StandIn(configuration);
        made.Start();
        return made;
    }

    /// <summary>Every connection ends, and nobody listens any more: ECONNREFUSED.</summary>
    public async Task StopAsync()
    {
        _listener?.Dispose();
        await _accepting;
        DropConnections();
        await Task.WhenAll(_sessions.Keys.Select(session => session.Running));
        Operations.ForgetSubscriptions();
    }

    /// <summary>As after a restart of the nucleus: the tokens from before are worth nothing.</summary>
    public void Start(bool newToken = true)
    {
        if (newToken) Token = Convert.ToHexString(Guid.NewGuid().ToByteArray())[..16];
        File.Delete(SocketFile);
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(SocketFile));
        _listener.Listen();
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Ends every connection; whoever comes again is let in.</summary>
    public void DropConnections()
    {
        foreach (var session in _sessions.Keys) session.Close();
    }

    public IEnumerable<JsonElement> BodiesOf(string operation) => Requests.Where(request => request.Operation == operation).Select(request => request.Body);

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var session = new Session(this, await listener.AcceptAsync());
                _sessions[session] = true;
                session.Begin(() =>
                {
                    Operations.ForgetSubscriptions(session);
                    _sessions.TryRemove(session, out _);
                });
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One connection of a component.</summary>
    internal sealed class Session(StandIn nucleus, Socket socket) : IDisposable
    {
        private readonly NetworkStream _stream = new(socket, ownsSocket: true);
        private readonly SemaphoreSlim _writing = new(1);

        public Task Running { get; private set; } = Task.CompletedTask;

        public void Begin(Action onEnd) => Running = Task.Run(async () =>
        {
            await ServeAsync();
            onEnd();
        });

        public void Close() => _stream.Dispose();

        public void Dispose()
        {
            Close();
            _writing.Dispose();
        }

        private async Task ServeAsync()
        {
            try
            {
                if (await ConnectAsync())
                {
                    while (await StandInWire.ReadAsync(_stream, LargestRequest, default) is { } message)
                    {
                        if (message.Stream == 0 || !await TakeAsync(message)) break;
                    }
                }
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException)
            {
                // The component has gone, or the test has had enough of it.
            }
            Close();
        }

        private async Task<bool> ConnectAsync()
        {
            var message = await StandInWire.ReadAsync(_stream, LargestRequest, default);
            if (message is not null) nucleus.Connects.Enqueue(message);
            if (message is not { Type: 4, Flags: 0, Stream: 0 } || message.Text(":version") is not (null or "0.1.0")) return false;
            if (JsonNode.Parse(message.Payload.Length == 0 ? "{}"u8 : message.Payload)?["authToken"]?.GetValue<string>() != nucleus.Token) return false;
            await SendAsync(StandInWire.Message([], (":message-type", 5), (":message-flags", 1), (":stream-id", 0)));
            return true;
        }

        private async Task<bool> TakeAsync(WireMessage message)
        {
            if (message is { Type: 0, Flags: 2 })
            {
                nucleus.StreamEnds.Enqueue(message);
                nucleus.Operations.ForgetSubscriptions(this, message.Stream); // and nothing is answered
                return true;
            }
            if (message.Type == 4) return false;
            if (nucleus.Silent)
            {
                Interlocked.Increment(ref nucleus._unanswered);
                return true;
            }
            var operation = message.Text("operation");
            JsonElement body = default;
            try
            {
                body = JsonDocument.Parse(message.Payload).RootElement;
            }
            catch (JsonException)
            {
                operation = null;
            }
            if (message is not { Type: 0, Flags: 0 } || operation?.StartsWith("aws.greengrass#", StringComparison.Ordinal) != true || body.ValueKind != JsonValueKind.Object)
            {
                await ErrorAsync(message.Stream, "ServiceError", "");
                return true;
            }
            operation = operation["aws.greengrass#".Length..];
            nucleus.Requests.Enqueue((operation, body, message));
            if (nucleus.Deadly.TryPeek(out var deadly) && deadly == operation && nucleus.Deadly.TryDequeue(out _)) return false;
            await nucleus.Operations.AnswerAsync(this, message.Stream, operation, body);
            return true;
        }

        public Task AnswerAsync(int stream, string operation, JsonNode body) => SendAsync(StandInWire.Message(
            Encoding.UTF8.GetBytes(body.ToJsonString()),
            (":message-type", 0), (":message-flags", 0), (":stream-id", stream), (":content-type", "application/json"), ("service-model-type", $"aws.greengrass#{operation}Response")));

        public Task ErrorAsync(int stream, string code, string text) => SendAsync(StandInWire.Message(
            Encoding.UTF8.GetBytes(new JsonObject { ["_message"] = text, ["_errorCode"] = code }.ToJsonString()),
            (":message-type", 1), (":message-flags", 2), (":stream-id", stream), ("service-model-type", $"aws.greengrass#{code}")));

        public async Task EventAsync(int stream, string model, byte[] body)
        {
            var message = StandInWire.Message(body,
                (":message-type", 0), (":message-flags", 0), (":stream-id", stream), (":content-type", "application/json"), ("service-model-type", $"aws.greengrass#{model}"));
            if (message.Length <= LargestEvent) await SendAsync(message);
        }

        public async Task SendAsync(byte[] message)
        {
            await _writing.WaitAsync();
            try
            {
                var step = nucleus.InCrumbs ? 1 : message.Length;
                for (var at = 0; at < message.Length; at += step) await _stream.WriteAsync(message.AsMemory(at, step));
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException)
            {
                // As a nucleus that writes to a component which has gone.
            }
            finally
            {
                _writing.Release();
            }
        }
    }
}
