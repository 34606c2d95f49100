namespace Sightline.Broker.Sqs;

/// <summary>Messages leave the dead letters for another queue. All under the gate, so that nobody sees one in both or in none.</summary>
internal sealed partial class Queue
{
    public bool IsDeleted => _deleted;

    /// <summary>How many messages could be moved now, and the last place among them; what comes later does not belong to a move that begins now.</summary>
    public (int Count, long Last) Movable()
    {
        Sweep(_time.GetUtcNow());
        return (_visible.Count, _arrivals);
    }

    /// <summary>
    /// The oldest that is neither in flight nor delayed: "in the order they are received, starting with the oldest message",
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
    /// </summary>
    public Message? OldestUpTo(long last)
    {
        Sweep(_time.GetUtcNow());
        return _visible.Min is { } message && message.Sequence <= last ? message : null;
    }

    /// <summary>
    /// One row of the file in one statement, so a kill finds the message here or there. It is a new one there, with "a new messageID and enqueueTime"
    /// (as above), and comes to sight when a new one would.
    /// </summary>
    public void Move(Message message, Queue to)
    {
        var now = _time.GetUtcNow();
        TakeOut(message);
        Leave(message);
        message.Renew(now);
        to.Accept(message, now + TimeSpan.FromSeconds(to.Settings.DelaySeconds), now);
    }
}
