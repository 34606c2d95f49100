using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sightline.Pipeline.Broker;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

/// <summary>Debian's mosquitto as a process of its own, on a free port and with a folder of its own; it can be killed and started again.</summary>
internal sealed class Mosquitto : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sightline-mosquitto-");
    private readonly string _program;
    private string _settings = "";
    private Process? _process;

    private Mosquitto(string program) => _program = program;

    public int Port { get; } = FreePort();
    public MqttEndpoint Endpoint => MqttEndpoint.Parse($"mqtt://127.0.0.1:{Port}");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="more">Lines for mosquitto.conf; without them it keeps nothing on the disk, lets everybody in and queues without end.</param>
    public static async Task<Mosquitto> StartAsync(string more = "allow_anonymous true\nmax_queued_messages 0\n")
    {
        var broker = new Mosquitto(Tool.Require("mosquitto"));
        try
        {
            await broker.BeginAsync(more);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <param name="more">As before where nothing is said.</param>
    public async Task BeginAsync(string? more = null)
    {
        _settings = more ?? _settings;
        var settings = FileOf("mosquitto.conf");
        // user: started by root it would become another, who may not read this folder.
        await File.WriteAllTextAsync(settings, $"user root\nlistener {Port} 127.0.0.1\npersistence_location {_folder.FullName}/\n{_settings}", Ct);
        _process = Process.Start(new ProcessStartInfo(_program, ["-c", settings]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Soon.Until(async () =>
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, Port, Ct);
                return true;
            }
            catch (SocketException) when (!_process.HasExited)
            {
                return false;
            }
        });
    }

    /// <summary>As <c>kill -9</c>: it writes nothing more.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _process = null;
    }

    public string FileOf(string name) => Path.Combine(_folder.FullName, name);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
