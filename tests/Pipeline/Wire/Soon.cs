namespace Sightline.Pipeline.Wire;

/// <summary>Waiting with an end: a test that hangs says where.</summary>
internal static class Soon
{
    // Nothing here takes a second on a quiet machine; the tests share theirs with others.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static Task Within(this Task task) => task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    public static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    public static async Task<T> NextAsync<T>(this System.Threading.Channels.Channel<T> channel) =>
        await channel.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within();

    /// <summary>For what says nothing when it changes.</summary>
    public static Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()));

    public static async Task Until(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!await condition()) await look.WaitForNextTickAsync(patience.Token);
    }
}
