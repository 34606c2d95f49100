using System.Diagnostics;

namespace Sightline.Pipeline.Broker;

/// <summary>A program of this machine, such as mosquitto_pub; where it is missing the test is skipped by name.</summary>
internal static class Tool
{
    public sealed record Outcome(int Exit, string Output, string Errors);

    public static string Require(string program)
    {
        var found = (Path.Exists("/usr/sbin/" + program) ? ["/usr/sbin/" + program] : Folders().Select(f => Path.Combine(f, program)).Where(File.Exists)).FirstOrDefault();
        if (found is null)
            Assert.Skip($"needs {program} on this machine");
        return found!;
    }

    public static async Task<Outcome> RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Start(program, arguments, environment);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, await output, await errors);
    }

    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static string[] Folders()
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "printf %s \"$PATH\""]) { RedirectStandardOutput = true })!;
        return shell.StandardOutput.ReadToEnd().Split(':');
    }
}
