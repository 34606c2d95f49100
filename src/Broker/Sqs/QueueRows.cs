using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Sightline.Broker.Sqs;

/// <summary>Queues and messages as rows of a <see cref="QueueFile"/>. What fails throws <see cref="SqliteException"/>, and the file is as it was.</summary>
internal sealed class QueueRows : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert, _insertContent, _insertAttribute, _update, _delete, _insertTask, _updateTask;

    public QueueRows(SqliteConnection connection)
    {
        _connection = connection;
        _insert = connection.Command("INSERT INTO messages VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11)");
        _insertContent = connection.Command("INSERT INTO contents VALUES (@0, @1, @2, @3)");
        _insertAttribute = connection.Command("INSERT INTO attributes VALUES (@0, @1, @2, @3)");
        _update = connection.Command(
            """
            UPDATE messages SET queue = @1, sequence = @2, visible_at = @3, in_flight = @4, receive_count = @5, first_received_at = @6, received_at = @7,
                dead_letter_source = @8, id = @9, sent_at = @10, earlier_receives = @11 WHERE number = @0
            """);
        _delete = connection.Command("DELETE FROM messages WHERE number = @0");
        _insertTask = connection.Command(
            $"""
            INSERT INTO tasks (id, queue, destination, per_second, started_at, to_move, last, status, moved, failure) VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9);
            DELETE FROM tasks WHERE queue = @1 AND number NOT IN (SELECT number FROM tasks WHERE queue = @1 ORDER BY number DESC LIMIT {Moves.MostListed});
            """);
        _updateTask = connection.Command("UPDATE tasks SET status = @1, moved = @2, failure = @3 WHERE id = @0");
    }

    private SqliteCommand[] Commands => [_insert, _insertContent, _insertAttribute, _update, _delete, _insertTask, _updateTask];

    public void Add(QueueRow queue) => _connection.Execute("INSERT INTO queues VALUES (@0, @1, @2, @3, @4, @5)",
        queue.Id.ToByteArray(), queue.Name, Text(queue.Settings.ToAttributes()), Milliseconds(queue.CreatedAt), Milliseconds(queue.ChangedAt), Text(queue.Tags));

    public void Change(Queue queue, QueueSettings settings, DateTimeOffset now) =>
        _connection.Execute("UPDATE queues SET settings = @1, changed_at = @2 WHERE id = @0", queue.Id.ToByteArray(), Text(settings.ToAttributes()), Milliseconds(now));

    public void Tag(Queue queue, IReadOnlyDictionary<string, string> tags) =>
        _connection.Execute("UPDATE queues SET tags = @1 WHERE id = @0", queue.Id.ToByteArray(), Text(tags));

    /// <summary>With its messages and tasks.</summary>
    public void Remove(Queue queue) => _connection.Execute("DELETE FROM queues WHERE id = @0", queue.Id.ToByteArray());

    /// <summary>One transaction: all of them or none.</summary>
    public void Write(Changes changes)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        foreach (var command in Commands)
            command.Transaction = transaction;
        foreach (var change in changes.Messages)
            Write(change);
        foreach (var change in changes.Tasks)
            Write(change);
        transaction.Commit();
    }

    public IReadOnlyList<QueueRow> Queues() =>
    [
        .. _connection.Rows("SELECT id, name, settings, created_at, changed_at, tags FROM queues").Select(row =>
            new QueueRow(Id(row, 0), row.GetString(1), Settings(row.GetString(2)), Time(row, 3), Time(row, 4), Pairs(row.GetString(5)).ToDictionary())),
    ];

    /// <summary>In the order in which they were started.</summary>
    public IReadOnlyList<MoveTask> Tasks(IReadOnlyDictionary<Guid, Queue> queues)
    {
        const string sql = "SELECT id, queue, destination, per_second, started_at, to_move, last, status, moved, failure FROM tasks ORDER BY number";
        var tasks = new List<MoveTask>();
        foreach (var row in _connection.Rows(sql))
        {
            var task = new MoveTask(new(Id(row, 0), queues[Id(row, 1)], Optional(row, 2), row.IsDBNull(3) ? null : row.GetInt32(3), Time(row, 4), row.GetInt32(5), row.GetInt64(6)));
            var state = new MoveState(Enum.Parse<MoveStatus>(row.GetString(7)), row.GetInt64(8), Optional(row, 9));
            task.Kept = state;
            task.Recall(state);
            tasks.Add(task);
        }

        return tasks;
    }

    /// <summary>Every message with what is known of it, each to be put into its queue.</summary>
    public IEnumerable<Message> Messages(IReadOnlyDictionary<Guid, Queue> queues)
    {
        var attributes = _connection.Rows("SELECT number, name, type, value FROM attributes")
            .Select(row => (Number: row.GetInt64(0), Attribute: new MessageAttribute(row.GetString(1), row.GetString(2), Bytes(row, 3))))
            .ToLookup(a => a.Number, a => a.Attribute);
        const string sql =
            """
            SELECT m.number, m.queue, m.id, m.sent_at, m.sequence, m.visible_at, m.in_flight, m.receive_count, m.first_received_at, m.received_at,
                m.dead_letter_source, m.earlier_receives, c.body, c.trace_header, c.group_id FROM messages m JOIN contents c USING (number)
            """;
        foreach (var row in _connection.Rows(sql))
        {
            var number = row.GetInt64(0);
            var content = new NewMessage(Bytes(row, 12), [.. attributes[number]])
            {
                TraceHeader = row.IsDBNull(13) ? null : new("AWSTraceHeader", "String", Bytes(row, 13)),
                GroupId = Optional(row, 14),
            };
            var state = new MessageState(queues[Id(row, 1)], Id(row, 2), Time(row, 3), row.GetInt64(4), Time(row, 5), row.GetBoolean(6), row.GetInt32(7), row.GetInt32(11), Time(row, 8), Time(row, 9), Optional(row, 10));
            yield return new(number, state.Id, content, state.SentAt) { Kept = state };
        }
    }

    public void Dispose()
    {
        foreach (var command in Commands)
            command.Dispose();
    }

    private void Write(TaskChange change)
    {
        var (order, now) = (change.Task.Order, change.Now);
        if (change.Task.Kept is not null)
        {
            _updateTask.Run(order.Id.ToByteArray(), now.Status.ToString(), now.Moved, now.FailureReason);
            return;
        }

        _insertTask.Run(order.Id.ToByteArray(), order.Source.Id.ToByteArray(), order.DestinationArn, order.PerSecond, Milliseconds(order.StartedAt), order.ToMove, order.Last,
            now.Status.ToString(), now.Moved, now.FailureReason);
    }

    private void Write(Change change)
    {
        var message = change.Message;
        if (change.Now is not { } now)
        {
            // What came and went between two commits never was on the disk.
            if (message.Kept is not null)
                _delete.Run(message.Number);
            return;
        }

        var (queue, visible, first, received) = (now.Queue.Id.ToByteArray(), Milliseconds(now.VisibleAt), Milliseconds(now.FirstReceivedAt), Milliseconds(now.ReceivedAt));
        if (message.Kept is not null)
        {
            _update.Run(message.Number, queue, now.Sequence, visible, now.InFlight, now.ReceiveCount, first, received, now.DeadLetterSource, now.Id.ToByteArray(), Milliseconds(now.SentAt),
                now.EarlierReceives);
            return;
        }

        _insert.Run(message.Number, queue, now.Id.ToByteArray(), Milliseconds(now.SentAt), now.Sequence, visible, now.InFlight, now.ReceiveCount,
            first, received, now.DeadLetterSource, now.EarlierReceives);
        _insertContent.Run(message.Number, message.Content.Body, message.Content.TraceHeader?.Value, message.Content.GroupId);
        foreach (var attribute in message.Content.Attributes)
            _insertAttribute.Run(message.Number, attribute.Name, attribute.DataType, attribute.Value);
    }

    private static string Text(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in pairs)
                writer.WriteString(name, value);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.WrittenSpan);
    }

    private static QueueSettings Settings(string text)
    {
        var wrong = new QueueSettings().With(Pairs(text), out var settings);
        return wrong is null ? settings : throw new InvalidDataException(wrong.Message);
    }

    private static List<KeyValuePair<string, string>> Pairs(string text)
    {
        using var json = JsonDocument.Parse(text);
        return [.. json.RootElement.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value.GetString()!))];
    }

    private static Guid Id(SqliteDataReader row, int column) => new(Bytes(row, column));

    private static byte[] Bytes(SqliteDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    private static string? Optional(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset Time(SqliteDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();
}

internal sealed record QueueRow(Guid Id, string Name, QueueSettings Settings, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, IReadOnlyDictionary<string, string> Tags);

/// <summary>What is to be written of a message; null: it is gone.</summary>
internal readonly record struct Change(Message Message, MessageState? Now);

internal readonly record struct TaskChange(MoveTask Task, MoveState Now);

/// <summary>What is written together.</summary>
internal sealed record Changes(List<Change> Messages, List<TaskChange> Tasks);
