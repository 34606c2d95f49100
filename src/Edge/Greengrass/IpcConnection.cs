using System.Net.Sockets;
using System.Text.Json;

namespace Sightline.Edge.Greengrass;

/// <summary>One connection to the nucleus from connect to its end; <see cref="IpcLink"/> makes the next one. Thread-safe.</summary>
internal sealed class IpcConnection : IAsyncDisposable
{
    private const string Namespace = "aws.greengrass#";
    private const string ProtocolVersion = "0.1.0";

    // The nucleus answers within milliseconds. Nucleus lite has one thread for all components and was seen to be busy for five seconds with one request.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly NetworkStream _stream;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Dictionary<int, IpcStream> _streams = [];
    private int _lastStream;
    private Task? _reading;

    private IpcConnection(Socket socket, TimeProvider time) => (_stream, _time) = (new NetworkStream(socket, ownsSocket: true), time);

    /// <summary>Completes, never fails, with why the connection ended.</summary>
    public Task<string> Ended => _ended.Task;

    /// <exception cref="IpcRefusedException">The nucleus does not take the token.</exception>
    /// <exception cref="SocketException">Nobody listens on that socket.</exception>
    public static async Task<IpcConnection> OpenAsync(string socketFile, string token, TimeProvider time, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketFile), ct);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var connection = new IpcConnection(socket, time);
        try
        {
            await connection.IntroduceAsync(token, ct);
            connection._reading = Task.Run(connection.ReadToTheEndAsync, CancellationToken.None);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>How long the message with this request is, in bytes.</summary>
    public static int LengthOf(string operation, ReadOnlyMemory<byte> request) => EventStream.LengthOf(Request(1, operation, request));

    private static IpcMessage Request(int stream, string operation, ReadOnlyMemory<byte> request) =>
        new(MessageType.ApplicationMessage, MessageFlags.None, stream) { Operation = Namespace + operation, Payload = request };

    private async Task IntroduceAsync(string token, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ct);
        try
        {
            await WriteAsync(new(MessageType.Connect, MessageFlags.None, 0)
            {
                Version = ProtocolVersion,
                Payload = JsonSerializer.SerializeToUtf8Bytes(new IpcConnect(token), IpcJson.Default.IpcConnect),
            });
            var answer = await EventStream.ReadAsync(_stream, either.Token);
            // Nucleus lite refuses by closing the connection; the protocol has an answer without the flag for it.
            if (answer is null) throw new IpcRefusedException("the nucleus closed the connection in answer to this component's token (SVCUID)");
            if (answer is not { Type: MessageType.ConnectAck, Flags: var flags } || !flags.HasFlag(MessageFlags.ConnectionAccepted))
                throw new IpcRefusedException($"the nucleus answered {answer.Type} to this component's token (SVCUID), and not that the connection is accepted");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"the nucleus did not answer within {Patience.TotalSeconds:0} s");
        }
        catch (IOException broken)
        {
            throw new IpcRefusedException($"the connection broke in answer to this component's token (SVCUID): {broken.Message}", broken);
        }
    }

    /// <summary>Asks once. The payload of the answer.</summary>
    /// <exception cref="IpcException">The nucleus answered with an error.</exception>
    /// <exception cref="IpcLostException">The connection ended first.</exception>
    public async Task<ReadOnlyMemory<byte>> CallAsync(string operation, ReadOnlyMemory<byte> request, CancellationToken ct)
    {
        var stream = Begin(operation, null);
        try
        {
            var answer = await AskAsync(stream, request, ct);
            // As Amazon's own clients do: an answer leaves the stream open.
            await EndAsync(stream);
            return answer.Payload;
        }
        finally
        {
            Forget(stream);
        }
    }

    /// <summary>Asks for events, which are handed over one after another, perhaps before this completes; <paramref name="onEvent"/> must not wait.</summary>
    /// <exception cref="IpcException">The nucleus answered with an error.</exception>
    /// <exception cref="IpcLostException">The connection ended first.</exception>
    public async Task<IpcStream> SubscribeAsync(string operation, ReadOnlyMemory<byte> request, Action<ReadOnlyMemory<byte>> onEvent, CancellationToken ct)
    {
        var stream = Begin(operation, onEvent);
        try
        {
            await AskAsync(stream, request, ct);
            return stream;
        }
        catch (OperationCanceledException)
        {
            await EndAsync(stream); // the nucleus may have it already
            throw;
        }
        catch
        {
            Forget(stream);
            throw;
        }
    }

    /// <summary>No more events; the nucleus answers nothing to that.</summary>
    public async Task EndAsync(IpcStream stream)
    {
        Forget(stream);
        if (Ended.IsCompleted) return;
        try
        {
            await WriteAsync(new(MessageType.ApplicationMessage, MessageFlags.TerminateStream, stream.Id));
        }
        catch (IOException)
        {
            // The connection goes, and the stream with it.
        }
    }

    private async Task<IpcMessage> AskAsync(IpcStream stream, ReadOnlyMemory<byte> request, CancellationToken ct)
    {
        var asking = WriteAsync(Request(stream.Id, stream.Operation, request));
        _ = asking.ContinueWith(static lost => lost.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        try
        {
            await asking.WaitAsync(Patience, _time, ct);
            return await stream.Answer.WaitAsync(Patience, _time, ct);
        }
        catch (IOException broken)
        {
            End(broken.Message);
            throw new IpcLostException($"the connection ended during {stream.Operation}: {broken.Message}", broken);
        }
        catch (TimeoutException)
        {
            // Whoever does not answer this does not answer the next one either.
            End($"the nucleus did not answer {stream.Operation} within {Patience.TotalSeconds:0} s");
            throw new IpcLostException(await Ended);
        }
    }

    private IpcStream Begin(string operation, Action<ReadOnlyMemory<byte>>? onEvent)
    {
        lock (_lock)
        {
            if (_lastStream == int.MaxValue) End("every stream id of the connection is used up");
            if (Ended.IsCompleted) throw new IpcLostException("the connection had ended");
            var stream = new IpcStream(++_lastStream, operation, Namespace + operation + "Response", onEvent);
            _streams.Add(stream.Id, stream);
            return stream;
        }
    }

    private void Forget(IpcStream stream)
    {
        lock (_lock) _streams.Remove(stream.Id);
    }

    private async Task ReadToTheEndAsync()
    {
        try
        {
            while (await EventStream.ReadAsync(_stream, _closing.Token) is { } message) await TakeAsync(message);
            End("the nucleus closed the connection");
        }
        catch (Exception broken) when (broken is IpcException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            End(_closing.IsCancellationRequested ? "closed here" : broken.Message);
        }
    }

    private async Task TakeAsync(IpcMessage message)
    {
        if (message.Type is MessageType.ProtocolError or MessageType.InternalError)
            throw new IpcException($"the nucleus answered {message.Type}: {IpcError.Of(message).Message}");
        if (message.Type == MessageType.Ping) await WriteAsync(new(MessageType.PingResponse, MessageFlags.None, 0) { Payload = message.Payload });
        if (message.StreamId == 0) return;
        IpcStream? stream;
        lock (_lock) stream = _streams.GetValueOrDefault(message.StreamId);
        stream?.Take(message); // of a stream that was ended here something may still be under way
    }

    /// <summary>Whole messages only, whoever writes and gives up waiting: a torn one would end the connection for everybody.</summary>
    /// <exception cref="IOException">The connection is broken, or closed here.</exception>
    private async Task WriteAsync(IpcMessage message)
    {
        var bytes = EventStream.Encode(message);
        try
        {
            await _writing.WaitAsync(_closing.Token);
        }
        catch (OperationCanceledException)
        {
            throw new IOException("the connection had ended");
        }
        try
        {
            await _stream.WriteAsync(bytes, _closing.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or ObjectDisposedException)
        {
            throw new IOException("the connection ended", gone);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void End(string why)
    {
        if (!_ended.TrySetResult(why)) return;
        _closing.Cancel();
        IpcStream[] open;
        lock (_lock)
        {
            open = [.. _streams.Values];
            _streams.Clear();
        }
        foreach (var stream in open) stream.End(why);
    }

    public async ValueTask DisposeAsync()
    {
        End("closed here");
        await _stream.DisposeAsync();
        if (_reading is not null) await _reading;
    }
}
