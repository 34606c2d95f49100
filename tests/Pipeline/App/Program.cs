using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Sightline.Pipeline.App;

/// <summary>The real executable as a process: what it printed, how it ended. Ended by its id when the test is over.</summary>
internal sealed class Program : IAsyncDisposable
{
    private const int Sigterm = 15;

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly Task<string> _out;
    private readonly Task _errors;
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Program(ProcessStartInfo info)
    {
        _process = Process.Start(info)!;
        _out = _process.StandardOutput.ReadToEndAsync();
        _errors = ReadErrorsAsync();
    }

    public int Id => _process.Id;

    /// <summary>Runs to the end.</summary>
    public static async Task<(int Code, string Out, string Error)> RunAsync(string[] args, string? input = null, params (string Name, string Value)[] environment)
    {
        await using var program = Start(args, environment);
        if (input is not null) await program._process.StandardInput.WriteAsync(input);
        program._process.StandardInput.Close();
        return await program.EndAsync();
    }

    public static Program Start(string[] args, params (string Name, string Value)[] environment) => Start([], args, environment);

    /// <param name="under">A program, with its arguments, that runs the executable in its own place, such as <c>strace -D</c>.</param>
    /// <param name="args">The executable's own.</param>
    /// <param name="environment">Added to that of the test.</param>
    public static Program Start(string[] under, string[] args, params (string Name, string Value)[] environment) =>
        StartCommand([.. under, Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "sightline.exe" : "sightline"), .. args], environment);

    /// <summary>A script that becomes the executable at its end.</summary>
    public static Program StartShell(string script, string folder, params (string Name, string Value)[] environment) => StartCommand(["/bin/sh", "-c", script], environment, folder);

    private static Program StartCommand(string[] command, (string Name, string Value)[] environment, string? folder = null)
    {
        var info = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        // Nothing of the user's own settings may decide a test.
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("SIGHTLINE_", StringComparison.Ordinal) || name.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
            info.Environment.Remove(name);
        foreach (var (name, value) in environment) info.Environment[name] = value;
        return new Program(info);
    }

    /// <summary>The ready line, as name and value; fails with what was printed where the process ends before.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadyAsync(CancellationToken cancel)
    {
        var line = await _ready.Task.WaitAsync(cancel);
        return line.Split(' ').Where(pair => pair.Contains('=')).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    public void Terminate() => Assert.Equal(0, Kill(_process.Id, Sigterm));

    /// <summary>As kill -9: nothing of its own runs any more.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return EndAsync();
    }

    public async Task<(int Code, string Out, string Error)> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await _errors;
        return (_process.ExitCode, await _out, _error.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _errors;
        _process.Dispose();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_error) _error.AppendLine(line);
            if (line.StartsWith("ready ", StringComparison.Ordinal)) _ready.TrySetResult(line);
        }
        lock (_error) _ready.TrySetException(new InvalidOperationException($"it ended without a ready line:\n{_error}"));
        _ = _ready.Task.Exception; // seen: a verb that ends by itself has no ready line
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int id, int signal);
}
