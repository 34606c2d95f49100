namespace Sightline.Wire;

/// <summary>Acknowledgements in the order in which the messages came (MQTT 5, 4.6.0-2), whatever order the work ends in. One per connection; thread-safe.</summary>
internal sealed class AcknowledgementLine
{
    private readonly Lock _lock = new();
    private readonly Queue<Place> _places = new();
    private bool _sending;

    /// <summary>Those that were not sent yet.</summary>
    public int Count
    {
        get { lock (_lock) return _places.Count + (_sending ? 1 : 0); }
    }

    /// <summary>Takes the next place in the line.</summary>
    /// <returns>To be called when the message is safe: sends this acknowledgement and those behind it that wait for it, or leaves it to the one in front.</returns>
    public Func<Task> Join(Func<Task> send)
    {
        var place = new Place(send);
        lock (_lock) _places.Enqueue(place);
        return () =>
        {
            lock (_lock) place.Done = true;
            return SendReadyAsync();
        };
    }

    private async Task SendReadyAsync()
    {
        while (TakeReady() is { } place)
        {
            try
            {
                await place.Send();
            }
            finally
            {
                lock (_lock) _sending = false;
            }
        }
    }

    // While one is being sent the sender looks again afterwards, so nobody else has to wait.
    private Place? TakeReady()
    {
        lock (_lock)
        {
            if (_sending || !_places.TryPeek(out var head) || !head.Done) return null;
            _sending = true;
            return _places.Dequeue();
        }
    }

    private sealed class Place(Func<Task> send)
    {
        public Func<Task> Send => send;
        public bool Done { get; set; }
    }
}
