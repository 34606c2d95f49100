using System.Text.RegularExpressions;

namespace Sightline.Pipeline.Broker;

/// <summary>
/// The system calls of a program that is to write before it answers. kill -9 cannot show that a sync is missing: the system writes what a killed process has
/// written. So its calls are read.
/// </summary>
internal static class SyncTrace
{
    /// <summary>What to put before a program for its calls to be written to <paramref name="file"/>; skips the test where that may not be.</summary>
    public static async Task<string[]> BeforeAsync(string file)
    {
        var strace = Tool.Require("strace");
        // -D: the traced program keeps its process id, and strace ends with it.
        string[] before = [strace, "-D", "-f", "-y", "-s", "5000", "-o", file, "-e", "trace=fsync,fdatasync,pwrite64,sendto,sendmsg,write"];
        var tried = await Tool.RunAsync(strace, [.. before[1..], "true"]);
        Assert.SkipUnless(tried.Exit == 0, $"strace may not trace here: {tried.Errors}");
        return before;
    }

    /// <summary>Once the program has ended.</summary>
    /// <param name="file">Of <see cref="BeforeAsync"/>.</param>
    /// <param name="database">The name of an SQLite file, whose log is written and synced.</param>
    /// <param name="content">Stands in what is written.</param>
    /// <param name="answer">Stands in what is sent, and in nothing else.</param>
    public static async Task AssertSyncedBetweenAsync(string file, string database, string content, string answer)
    {
        var log = $"<[^>]*{Regex.Escape(database)}-wal>";
        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        var written = Array.FindIndex(lines, line => Regex.IsMatch(line, @"pwrite64\(\d+" + log) && line.Contains(content, StringComparison.Ordinal));
        var answered = Array.FindIndex(lines, line => line.Contains(answer, StringComparison.Ordinal));
        Assert.True(written >= 0 && answered > written, $"the write is line {written} of the trace, the answer line {answered}");
        var syncing = Array.FindIndex(lines, written + 1, line => Regex.IsMatch(line, @"f(data)?sync\(\d+" + log));
        Assert.True(syncing > 0, $"the log of {database} was never synced");
        // A call during which another thread makes one stands in two lines, the second with its thread and "resumed".
        var synced = lines[syncing].Contains("unfinished", StringComparison.Ordinal)
            ? Array.FindIndex(lines, syncing, line => line.StartsWith(lines[syncing].Split(' ')[0], StringComparison.Ordinal) && line.Contains("sync resumed", StringComparison.Ordinal))
            : syncing;
        Assert.InRange(synced, written + 1, answered - 1);
        Assert.EndsWith("= 0", lines[synced], StringComparison.Ordinal);
    }
}
