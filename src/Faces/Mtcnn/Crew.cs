using System.Runtime.ExceptionServices;

namespace Sightline.Faces.Detection;

/// <summary>
/// Runs numbered pieces of work on the caller's thread and on some of the thread pool's beside it, each with buffers of its own. Who is free takes the next
/// piece, so the caller never waits for a helper that the pool has no thread for, and only for the last pieces. Allocates nothing once it has its members.
/// For one caller at a time.
/// </summary>
internal sealed class Crew
{
    private readonly Workspace _own = new();
    private readonly List<Mate> _mates = [];
    private readonly object _done = new();
    private Action<int, Workspace> _body = (_, _) => { };
    private Exception? _failure;
    private int _round, _count, _open;

    // The round above, how many pieces nobody has taken yet below: a helper who comes late, in another round, takes a piece of that or none.
    private long _left;

    /// <param name="count">Of pieces, numbered from 0 and begun in that order: the largest should come first.</param>
    /// <param name="threads">The caller's included.</param>
    /// <param name="body">Given the piece's number, and the buffers of whoever does it.</param>
    public void Run(int count, int threads, Action<int, Workspace> body)
    {
        var helpers = Math.Min(threads, count) - 1;
        if (helpers <= 0)
        {
            for (var i = 0; i < count; i++) body(i, _own);
            return;
        }
        (_body, _count, _failure) = (body, count, null);
        Volatile.Write(ref _open, count);
        Volatile.Write(ref _left, ((long)++_round << 32) | (uint)count);
        while (_mates.Count < helpers) _mates.Add(new(this));
        for (var i = 0; i < helpers; i++) _mates[i].Call();
        Work(_own);
        Wait();
        if (_failure is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>For helpers in the middle of the last pieces: a moment with open eyes, since most end within microseconds, then asleep.</summary>
    private void Wait()
    {
        var spin = new SpinWait();
        while (Volatile.Read(ref _open) > 0 && !spin.NextSpinWillYield) spin.SpinOnce();
        lock (_done)
            while (Volatile.Read(ref _open) > 0) Monitor.Wait(_done);
    }

    private void Work(Workspace buffers)
    {
        while (true)
        {
            var left = Volatile.Read(ref _left);
            if ((uint)left == 0) return;
            if (Interlocked.CompareExchange(ref _left, left - 1, left) != left) continue;
            try
            {
                _body(_count - (int)(uint)left, buffers);
            }
            catch (Exception failure) // nobody would see it on a thread of the pool: it is the caller's
            {
                Interlocked.CompareExchange(ref _failure, failure, null);
            }
            if (Interlocked.Decrement(ref _open) == 0)
                lock (_done) Monitor.PulseAll(_done);
        }
    }

    private sealed class Mate(Crew crew) : IThreadPoolWorkItem
    {
        private readonly Workspace _buffers = new();
        private int _waiting, _busy;

        /// <summary>Unless the pool has not come to the last call yet.</summary>
        public void Call()
        {
            if (Interlocked.Exchange(ref _waiting, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        public void Execute()
        {
            Volatile.Write(ref _waiting, 0);
            // Called again while it still looks for work of the last round: one thread at a time has these buffers, and that one may go on looking.
            if (Interlocked.Exchange(ref _busy, 1) != 0) return;
            crew.Work(_buffers);
            Volatile.Write(ref _busy, 0);
        }
    }
}
