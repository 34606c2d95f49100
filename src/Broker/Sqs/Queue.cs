namespace Sightline.Broker.Sqs;

/// <summary>
/// A standard queue: owns its messages. All queues share one gate, so that a message moves to the dead letters in one step,
/// and one account of the memory they take. Every change of a message passes through <see cref="Accept"/>,
/// <see cref="TakeOut"/>, <see cref="Show"/> and <see cref="Hide"/>, and is handed in to be written where a restart must know of it.
/// </summary>
internal sealed partial class Queue : IDisposable
{
    private static readonly Comparer<Message> ByArrival = Comparer<Message>.Create((a, b) => a.Sequence.CompareTo(b.Sequence));
    private static readonly Comparer<Message> ByVisibility = Comparer<Message>.Create((a, b) => (a.VisibleAt, a.Sequence).CompareTo((b.VisibleAt, b.Sequence)));
    private static readonly Comparer<Message> ByAge = Comparer<Message>.Create((a, b) => (a.SentAt, a.Sequence).CompareTo((b.SentAt, b.Sequence)));

    private readonly Queues _all;
    private readonly TimeProvider _time;
    private readonly Dictionary<Guid, Message> _messages = [];
    private readonly SortedSet<Message> _visible = new(ByArrival);
    private readonly SortedSet<Message> _hidden = new(ByVisibility);
    private readonly SortedSet<Message> _byAge = new(ByAge);
    private readonly LinkedList<Poller> _pollers = [];

    /// <summary>Runs out when the next hidden message becomes visible, and only while somebody waits for it.</summary>
    private readonly ITimer _alarm;
    private long _arrivals;
    private int _inFlight;
    private bool _deleted;

    public Queue(QueueRow row, Queues all, TimeProvider time)
    {
        (Id, Name, Settings, CreatedAt, ChangedAt, Tags) = row;
        _all = all;
        _time = time;
        _alarm = time.CreateTimer(_ => OnAlarm(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>For life, and in every receipt handle, so that one from before a restart works and one of a deleted queue does not.</summary>
    public Guid Id { get; }
    public string Name { get; }
    public QueueSettings Settings { get; private set; }
    public DateTimeOffset CreatedAt { get; }
    public DateTimeOffset ChangedAt { get; private set; }

    /// <summary>Replaced as a whole; nothing here goes by them.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; private set; }

    /// <summary>Room of all queues' that no other one may take; guarded by the gate, as what is held.</summary>
    public long ReservedBytes { get; set; }

    /// <summary>What its messages take of it.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>How many long polls were ever woken for a message, whether they then got one or not.</summary>
    public long WakeUps { get; private set; }

    /// <summary>How many long polls wait now.</summary>
    public int Waiting
    {
        get
        {
            lock (_all.Gate)
                return _pollers.Count;
        }
    }

    public QueueDepth Depth
    {
        get
        {
            lock (_all.Gate)
            {
                Sweep(_time.GetUtcNow());
                return new(_visible.Count, _inFlight, _hidden.Count - _inFlight);
            }
        }
    }

    public void Change(QueueSettings settings, DateTimeOffset now)
    {
        lock (_all.Gate)
            (Settings, ChangedAt) = (settings, now);
    }

    public void Tag(IReadOnlyDictionary<string, string> tags)
    {
        lock (_all.Gate)
            Tags = tags;
    }

    /// <summary>In memory as soon as it returns; whoever tells the sender so waits for the disk first (<see cref="Queues.KeepAsync"/>).</summary>
    public SqsError? Send(NewMessage content, out Message? message)
    {
        message = null;
        lock (_all.Gate)
        {
            if (_deleted)
                return SqsError.QueueDoesNotExist;
            if (content.Size > Settings.MaximumMessageSize)
            {
                return SqsError.Invalid("One or more parameters are invalid. " +
                    $"Reason: Message must be shorter than {Settings.MaximumMessageSize} bytes; body and attributes have {content.Size}.");
            }

            var now = _time.GetUtcNow();
            var added = new Message(_all.NextNumber(), Guid.NewGuid(), content, now);
            if (!_all.TryReserve(this, added.MemoryBytes))
                return SqsError.OverLimit($"This endpoint keeps {_all.MaxBytes} bytes over all queues, and they are full: receive and delete some, then send again.");

            Accept(added, now + (content.Delay ?? TimeSpan.FromSeconds(Settings.DelaySeconds)), now);
            message = added;
            return null;
        }
    }

    /// <summary>
    /// Up to <paramref name="most"/> messages, each hidden for the visibility timeout. With none there, waits for the first; when
    /// <paramref name="wait"/> is over or <paramref name="stop"/> is cancelled the list is empty. That they were received is on the disk before
    /// anybody has them: a message that ends the process at every receive must still come to its last.
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
    /// </summary>
    public async Task<(SqsError? Error, IReadOnlyList<Received> Messages)> ReceiveAsync(int most, TimeSpan? visibility, TimeSpan? wait, CancellationToken stop)
    {
        var deadline = _time.GetUtcNow() + (wait ?? TimeSpan.FromSeconds(Settings.ReceiveMessageWaitTimeSeconds));
        while (true)
        {
            Poller? poller = null;
            List<Received> taken;
            long mark;
            lock (_all.Gate)
            {
                var now = _time.GetUtcNow();
                Sweep(now);
                if (_deleted)
                    return (SqsError.QueueDoesNotExist, []);
                if (stop.IsCancellationRequested)
                {
                    // Nobody is there to take what this poller was woken for: it is the next one's.
                    Wake(_visible.Count);
                    return (null, []);
                }

                if (_inFlight >= Limits.InFlight)
                    return (SqsError.OverLimit($"{_inFlight} messages are in flight, the most Amazon allows: delete what was handled."), []);
                mark = _all.Disk.Mark;
                taken = Take(most, visibility ?? TimeSpan.FromSeconds(Settings.VisibilityTimeout), now);
                if (taken.Count == 0 && now < deadline)
                {
                    poller = new(_pollers, _time, deadline - now, stop);
                    SetAlarm(now);
                }
            }

            if (taken.Count > 0)
                return await _all.Disk.SavedAsync(mark) is { } unsaved ? (unsaved, []) : (null, taken);
            if (poller is null)
                return (null, []);
            await poller.Woken;
            lock (_all.Gate)
                poller.Leave();
        }
    }

    /// <summary>
    /// An older receipt handle than the latest succeeds and deletes nothing, as does one of a deleted message:
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
    /// </summary>
    public SqsError? Delete(string receiptHandle)
    {
        lock (_all.Gate)
        {
            if (Find(receiptHandle, out var message, out var handle) is { } error)
                return error;
            if (message is not null && message.ReceiveCount == handle.Receive)
                Forget(message);
            return null;
        }
    }

    /// <summary>
    /// Counts from now; from the receive on, no more than 12 hours in all:
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    /// </summary>
    public SqsError? ChangeVisibility(string receiptHandle, TimeSpan visibility)
    {
        lock (_all.Gate)
        {
            if (Find(receiptHandle, out var message, out var handle) is { } error)
                return error;
            var now = _time.GetUtcNow();
            Sweep(now);
            if (message is null || !message.InFlight || message.ReceiveCount != handle.Receive)
                return SqsError.MessageNotInflight;
            if (now + visibility > message.ReceivedAt + Limits.Visibility)
            {
                return SqsError.Invalid($"Value {visibility.TotalSeconds:0} for parameter VisibilityTimeout is invalid. " +
                    "Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].");
            }

            TakeOut(message);
            if (visibility > TimeSpan.Zero)
                Hide(message, now + visibility, inFlight: true);
            else
                ShowFrom(message, now);
            _all.Disk.Add(message);
            SetAlarm(now);
            return null;
        }
    }

    public void Purge()
    {
        lock (_all.Gate)
        {
            if (_deleted)
                return;
            foreach (var message in _messages.Values.ToList())
                Forget(message);
        }
    }

    /// <summary>No more calls; what lies on the disk stays there. Whoever waits for a message is told that the queue is gone.</summary>
    public void Dispose()
    {
        lock (_all.Gate)
        {
            _deleted = true;
            Wake(_pollers.Count);
        }

        _alarm.Dispose();
    }

    /// <summary>Adds a message that the memory was reserved for: a new one, or a dead letter of another queue.</summary>
    private void Accept(Message message, DateTimeOffset visibleAt, DateTimeOffset now)
    {
        message.Sequence = ++_arrivals;
        Enter(message);
        if (visibleAt > now)
            Hide(message, visibleAt, inFlight: false);
        else
            ShowFrom(message, now);
        _all.Disk.Add(message);
        SetAlarm(now);
    }

    private List<Received> Take(int most, TimeSpan visibility, DateTimeOffset now)
    {
        var taken = new List<Received>();
        while (taken.Count < most && _visible.Min is { } message)
        {
            TakeOut(message);
            // "moved when its receive count exceeds maxReceiveCount": at the receive that would be one too many.
            // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
            // While the dead-letter queue does not exist the message stays and is received on.
            if (Settings.Redrive is { } redrive && message.ReceiveCount >= redrive.MaxReceiveCount && _all.Find(redrive.DeadLetterName) is { } dead && dead != this)
            {
                Bury(message, dead, now);
                continue;
            }

            _all.Disk.Add(message);
            message.ReceiveCount++;
            message.ReceivedAt = now;
            if (message.ReceiveCount == 1)
                message.FirstReceivedAt = now;
            if (visibility > TimeSpan.Zero)
                Hide(message, now + visibility, inFlight: true);
            taken.Add(new(message, message.State!.Value));
        }

        if (visibility <= TimeSpan.Zero)
            taken.ForEach(t => ShowFrom(t.Message, now));
        return taken;
    }

    /// <summary>
    /// Age stays, so it expires by its first queue's clock; the receives so far are counted on ("across all queues",
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html), but not against the policy of this queue.
    /// </summary>
    private void Bury(Message message, Queue dead, DateTimeOffset now)
    {
        Leave(message);
        message.DeadLetterSource = QueueName.Arn(Name);
        message.EarlierReceives += message.ReceiveCount;
        message.ReceiveCount = 0;
        dead.Accept(message, now, now);
    }

    private void Forget(Message message)
    {
        TakeOut(message);
        Leave(message);
        _all.Release(message.MemoryBytes);
        _all.Disk.Add(message);
    }

    private void Sweep(DateTimeOffset now)
    {
        if (_deleted)
            return;
        while (_hidden.Min is { } message && message.VisibleAt <= now)
        {
            TakeOut(message);
            Show(message);
        }

        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-architecture.html: deleted after the retention period.
        while (_byAge.Min is { } message && message.SentAt + TimeSpan.FromSeconds(Settings.MessageRetentionPeriod) <= now)
            Forget(message);
    }

    private void ShowFrom(Message message, DateTimeOffset now)
    {
        message.VisibleAt = now;
        Show(message);
    }

    private void Show(Message message)
    {
        _visible.Add(message);
        Wake(1);
    }

    private void Hide(Message message, DateTimeOffset until, bool inFlight)
    {
        message.VisibleAt = until;
        message.InFlight = inFlight;
        _hidden.Add(message);
        if (inFlight)
            _inFlight++;
    }

    /// <summary>Out of sight and out of the count in flight; still the queue's.</summary>
    private void TakeOut(Message message)
    {
        if (_visible.Remove(message) || !_hidden.Remove(message))
            return;
        if (message.InFlight)
            _inFlight--;
        message.InFlight = false;
    }

    private SqsError? Find(string receiptHandle, out Message? message, out ReceiptHandle handle)
    {
        message = null;
        handle = default;
        if (_deleted)
            return SqsError.QueueDoesNotExist;
        if (!ReceiptHandle.TryParse(receiptHandle, out handle))
            return SqsError.ReceiptHandleIsInvalid($"'{receiptHandle}' is not one that ReceiveMessage returned");
        if (handle.Queue != Id)
            return SqsError.ReceiptHandleIsInvalid($"it is not of queue {Name}");
        _messages.TryGetValue(handle.Message, out message);
        return null;
    }

    private void Wake(int count)
    {
        for (; count > 0 && _pollers.First is { } first; count--)
        {
            first.Value.Wake();
            WakeUps++;
        }
    }

    private void SetAlarm(DateTimeOffset now)
    {
        if (_pollers.Count == 0 || _hidden.Min is not { } next)
            return;
        // Rounded up: a timer that ran out early would find nothing and have to be set again.
        _alarm.Change(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((next.VisibleAt - now).TotalMilliseconds))), Timeout.InfiniteTimeSpan);
    }

    private void OnAlarm()
    {
        lock (_all.Gate)
        {
            if (_deleted)
                return;
            var now = _time.GetUtcNow();
            Sweep(now);
            SetAlarm(now);
        }
    }
}

/// <summary>A message with what held when it was received.</summary>
internal sealed record Received(Message Message, MessageState State)
{
    public string ReceiptHandle { get; } = new ReceiptHandle(State.Queue.Id, State.Id, State.ReceiveCount).ToString();
    public int ReceiveCount => State.EarlierReceives + State.ReceiveCount;
    public DateTimeOffset FirstReceivedAt => State.FirstReceivedAt;
}

internal readonly record struct QueueDepth(int Visible, int InFlight, int Delayed);
