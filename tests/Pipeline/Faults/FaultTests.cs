namespace Sightline.Pipeline.Faults;

/// <summary>
/// A short run each time; docs/operate.md says how to run an hour of it. SIGHTLINE_FAULTS_MINUTES and SIGHTLINE_FAULTS_SEED say how long and which.
/// </summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Whatever_is_killed_cut_or_stalled_every_frame_has_one_end_and_every_device_its_answer()
    {
        var minutes = FaultSettings.Number("SIGHTLINE_FAULTS_MINUTES", 0.25);
        var seed = (int)FaultSettings.Number("SIGHTLINE_FAULTS_SEED", 20260504);
        await using var run = new FaultRun(seed, fault => output.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {fault}"));

        var result = await run.RunAsync(TimeSpan.FromMinutes(minutes), TestContext.Current.CancellationToken);

        var told = result.ToString();
        output.WriteLine(told);
        TestContext.Current.SendDiagnosticMessage(told);
        Assert.True(result.Books.Balances && result.Books.All.Open == 0, told);
        Assert.True(result.Sent.Lost == 0 && result.Hostile.Unanswered == 0, told);
        // One row for each frame, whatever was sent twice: rubbish has none.
        Assert.True(result.Books.All.Accepted == result.Sent.Sent + result.Hostile.Sent, told);
        Assert.True(result.Books.All is { Failed: 0, Expired: 0 }, told);
        Assert.True(result.Hostile.Unmarked == 0, told);
        Assert.True(result.Errors.Count == 0, string.Join('\n', result.Errors));
    }
}
