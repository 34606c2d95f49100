using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>What can be asked of the rows, as they are on the disk. Not thread-safe: <see cref="Books"/> asks one question at a time.</summary>
internal sealed class BooksReader : IDisposable
{
    private const string Columns =
        "number, device, request_id, hash, received_at, expires_at, keep_until, topic, correlation, filename, captured_at, id_given, redeliverable, safe, outcome, answer, may_be_answered";

    // A device that calls every frame the same has this many of them told apart by their bytes; older ones are not looked at.
    private const int SameKey = 16;

    private readonly SqliteCommand _byKey, _received, _numbered, _overdue, _left, _fresh, _backlog, _spoolSize, _openFrames, _prunedUntil;

    public BooksReader(SqliteConnection connection)
    {
        _byKey = Command(connection, $"SELECT {Columns} FROM frames WHERE device = @0 AND request_id = @1 ORDER BY received_at DESC LIMIT {SameKey}", 2);
        _received = Command(connection, $"SELECT {Columns} FROM frames WHERE device = @0 AND request_id = @1 AND received_at = @2", 3);
        _numbered = Command(connection, $"SELECT {Columns} FROM frames WHERE number = @0", 1);
        _overdue = Command(connection, $"SELECT {Columns} FROM frames WHERE outcome = 0 AND keep_until < @0 AND number NOT IN (SELECT number FROM spool WHERE to_responses = 1) ORDER BY keep_until LIMIT @1", 2);
        _left = Command(connection, $"SELECT {Columns} FROM frames WHERE outcome = 0 AND safe = 0 AND redeliverable = 0", 0);
        const string spooled = "SELECT spool.number, to_responses, body, device, request_id FROM spool JOIN frames USING (number)";
        _fresh = Command(connection, $"{spooled} WHERE spool.expires_at > @0 ORDER BY spool.expires_at LIMIT @1", 2);
        _backlog = Command(connection, $"{spooled} WHERE spool.expires_at <= @0 ORDER BY spool.number LIMIT @1", 2);
        _spoolSize = Command(connection, "SELECT count(*), coalesce(sum(length(body)), 0) FROM spool", 0);
        _openFrames = Command(connection, "SELECT count(*) FROM frames WHERE outcome = 0", 0);
        _prunedUntil = Command(connection, "SELECT coalesce(max(value), 0) FROM settings WHERE key = 'pruned_until'", 0);
    }

    /// <summary>The last frames of a key, the latest first.</summary>
    public List<Entry> ByKey(FrameKey key) => Entries(_byKey, key.Device, key.RequestId);

    public Entry? Received(FrameKey key, DateTimeOffset at) => Entries(_received, key.Device, key.RequestId, at.UtcTicks).FirstOrDefault();

    public Entry? Numbered(long number) => Entries(_numbered, number).FirstOrDefault();

    /// <summary>Open frames that are older than they are kept for and of which no answer waits in the spool, the oldest first.</summary>
    public List<Entry> Overdue(DateTimeOffset now, int most) => Entries(_overdue, now.UtcTicks, (long)most);

    /// <summary>Open frames of which neither SQS nor the spool has a request, and which no broker will bring again.</summary>
    public List<Entry> Left() => Entries(_left);

    /// <summary>Fresh ones first, then the backlog; each the oldest first.</summary>
    public List<Spooled> Spooled(DateTimeOffset now, int most)
    {
        var rows = Spooled(_fresh, now, most);
        return rows.Count == most ? rows : [.. rows, .. Spooled(_backlog, now, most - rows.Count)];
    }

    public (long Requests, long Bytes) SpoolSize()
    {
        using var reader = _spoolSize.ExecuteReader();
        reader.Read();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Closed frames received until then may be forgotten.</summary>
    public DateTimeOffset PrunedUntil() => At((long)_prunedUntil.ExecuteScalar()!);

    public long OpenFrames() => (long)_openFrames.ExecuteScalar()!;

    public void Dispose()
    {
        foreach (var command in new[] { _byKey, _received, _numbered, _overdue, _left, _fresh, _backlog, _spoolSize, _openFrames, _prunedUntil }) command.Dispose();
    }

    private static List<Spooled> Spooled(SqliteCommand command, DateTimeOffset now, int most)
    {
        Bind(command, now.UtcTicks, (long)most);
        using var reader = command.ExecuteReader();
        var rows = new List<Spooled>();
        while (reader.Read())
            rows.Add(new(reader.GetInt64(0), new(reader.GetString(3), reader.GetString(4)), reader.GetInt64(1) != 0, Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(2))));
        return rows;
    }

    private static List<Entry> Entries(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        Bind(command, values);
        using var reader = command.ExecuteReader();
        var entries = new List<Entry>();
        while (reader.Read()) entries.Add(Read(reader));
        return entries;
    }

    private static Entry Read(SqliteDataReader row)
    {
        var key = new FrameKey(row.GetString(1), row.GetString(2));
        return new Entry
        {
            Number = row.GetInt64(0),
            Key = key,
            Hash = BinaryPrimitives.ReadUInt128LittleEndian(row.GetFieldValue<byte[]>(3)),
            ReceivedAt = At(row.GetInt64(4)),
            Lifetime = new(At(row.GetInt64(5)), At(row.GetInt64(6))),
            Route = new(row.IsDBNull(7) ? Topics.Answers(key.Device) : row.GetString(7), row.IsDBNull(8) ? null : row.GetFieldValue<byte[]>(8)),
            Filename = row.IsDBNull(9) ? null : row.GetString(9),
            CapturedAt = row.IsDBNull(10) ? null : DateTimeOffset.ParseExact(row.GetString(10), "O", CultureInfo.InvariantCulture),
            IdGiven = row.GetInt64(11) != 0,
            Redeliverable = row.GetInt64(12) != 0,
            Safe = row.GetInt64(13) != 0,
            Outcome = (Outcome)row.GetInt64(14),
            Answer = row.IsDBNull(15) ? null : JsonSerializer.Deserialize(row.GetFieldValue<byte[]>(15), WireJson.Default.Answer),
            MayBeAnswered = row.GetInt64(16) != 0,
        };
    }

    private static DateTimeOffset At(long utcTicks) => new(utcTicks, TimeSpan.Zero);

    private static SqliteCommand Command(SqliteConnection connection, string sql, int parameters)
    {
#pragma warning disable CA2100 // ours, character by character
        var command = new SqliteCommand(sql, connection);
#pragma warning restore CA2100
        for (var i = 0; i < parameters; i++) command.Parameters.Add(new SqliteParameter { ParameterName = $"@{i}" });
        return command;
    }

    private static void Bind(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
    }
}

/// <summary>What waits in the spool for a queue that cannot be reached.</summary>
/// <param name="Number">The frame's row.</param>
/// <param name="Key">Whose it is.</param>
/// <param name="ToResponses">An answer of the core's own, to a device that polls the response queue; else a request.</param>
/// <param name="Body">The message.</param>
internal sealed record Spooled(long Number, FrameKey Key, bool ToResponses, string Body);
