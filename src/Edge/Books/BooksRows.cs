using System.Text.Json;
using Microsoft.Data.Sqlite;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>
/// What can be done to the rows, inside a transaction of <see cref="BooksWriter"/>, which may do it again where the disk refused. What is counted is written once at
/// its end, whatever the number of frames in it. Every change to a row passes through here.
/// </summary>
internal sealed class BooksRows : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert, _safe, _close, _spool, _unspool, _count, _pruned, _prune;
    private readonly Dictionary<(string Device, string What), long> _counted = [];

    public BooksRows(SqliteConnection connection)
    {
        _connection = connection;
        _insert = Command(
            """
            INSERT INTO frames (device, request_id, hash, received_at, expires_at, keep_until, topic, correlation, filename, captured_at, id_given, redeliverable, safe, outcome)
            VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, 0, 0) RETURNING number
            """, 12);
        _safe = Command("UPDATE frames SET safe = 1 WHERE number = @0 AND safe = 0", 1);
        _close = Command("UPDATE frames SET outcome = @1, answer = @2, safe = 1 WHERE number = @0 AND outcome = 0", 3);
        _spool = Command("INSERT INTO spool (number, to_responses, expires_at, body) VALUES (@0, @1, @2, @3)", 4);
        _unspool = Command("DELETE FROM spool WHERE number = @0 RETURNING length(body)", 1);
        _count = Command("INSERT INTO counts (device, what, count) VALUES (@0, @1, @2) ON CONFLICT DO UPDATE SET count = count + excluded.count", 3);
        _pruned = Command(
            """
            INSERT INTO settings (key, value) SELECT 'pruned_until', max(received_at) FROM frames WHERE number <= @0 AND outcome <> 0 HAVING max(received_at) IS NOT NULL
            ON CONFLICT DO UPDATE SET value = max(value, excluded.value)
            """, 1);
        _prune = Command("DELETE FROM frames WHERE number <= @0 AND outcome <> 0", 1);
    }

    /// <returns>The row's number.</returns>
    public long Accept(Entry frame, bool reusedId)
    {
        Span<byte> hash = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(hash, frame.Hash);
        var topic = frame.Route.Topic == Topics.Answers(frame.Key.Device) ? null : frame.Route.Topic;
        Bind(_insert, frame.Key.Device, frame.Key.RequestId, hash.ToArray(), frame.ReceivedAt.UtcTicks, frame.Lifetime.ExpiresAt.UtcTicks, frame.Lifetime.KeepUntil.UtcTicks,
            topic, frame.Route.CorrelationData, frame.Filename, frame.CapturedAt?.ToString("O"), frame.IdGiven ? 1L : 0L, frame.Redeliverable ? 1L : 0L);
        var number = (long)_insert.ExecuteScalar()!;
        Count(frame.Key.Device, Counts.Accepted);
        if (reusedId) Count(frame.Key.Device, Counts.ReusedId);
        return number;
    }

    public void MarkSafe(long number) => Run(_safe, number);

    /// <summary>What it has in the spool goes with it.</summary>
    /// <returns>False where it was closed already: the end that came first counts, and this one is a duplicate; and how many bytes the spool has more.</returns>
    public (bool First, long? Freed) Close(long number, string device, Outcome outcome, Answer? answer)
    {
        var freed = Unspool(number);
        if (Run(_close, number, (long)outcome, answer is null ? null : JsonSerializer.SerializeToUtf8Bytes(answer, WireJson.Default.Answer)) == 0)
        {
            Count(device, Counts.Duplicate);
            return (false, freed);
        }
        Count(device, Counts.Of(outcome));
        if (outcome == Outcome.Answered && answer is not null) Count(device, Counts.ResultPrefix + Counts.KindOf(answer.Result));
        return (true, freed);
    }

    /// <summary>It waits here from now on, in place of what waited here of the same frame, and is safe.</summary>
    /// <returns>As <see cref="Unspool"/>.</returns>
    public long? Spool(Entry frame, bool toResponses, string body)
    {
        var freed = Unspool(frame.Number);
        Run(_spool, frame.Number, toResponses ? 1L : 0L, frame.Lifetime.ExpiresAt.UtcTicks, System.Text.Encoding.UTF8.GetBytes(body));
        Run(_safe, frame.Number);
        return freed;
    }

    /// <returns>How many bytes the spool has more; null where it held nothing of this frame.</returns>
    public long? Unspool(long number)
    {
        Bind(_unspool, number);
        return (long?)_unspool.ExecuteScalar();
    }

    public void Count(string device, string what) => _counted[(device, what)] = _counted.GetValueOrDefault((device, what)) + 1;

    /// <summary>Forgets closed rows up to <paramref name="number"/>, and keeps until when frames were received that may be forgotten.</summary>
    public void Prune(long number)
    {
        Run(_pruned, number);
        Run(_prune, number);
    }

    /// <summary>Before the transaction commits.</summary>
    public void WriteCounts()
    {
        foreach (var ((device, what), count) in _counted) Run(_count, device, what, count);
        _counted.Clear();
    }

    /// <summary>After the transaction was rolled back.</summary>
    public void ForgetCounts() => _counted.Clear();

    public SqliteTransaction Begin()
    {
        var transaction = _connection.BeginTransaction(deferred: false);
        foreach (var command in Commands) command.Transaction = transaction;
        return transaction;
    }

    public void Dispose()
    {
        foreach (var command in Commands) command.Dispose();
    }

    private SqliteCommand[] Commands => [_insert, _safe, _close, _spool, _unspool, _count, _pruned, _prune];

    private SqliteCommand Command(string sql, int parameters)
    {
#pragma warning disable CA2100 // ours, character by character
        var command = new SqliteCommand(sql, _connection);
#pragma warning restore CA2100
        for (var i = 0; i < parameters; i++) command.Parameters.Add(new SqliteParameter { ParameterName = $"@{i}" });
        return command;
    }

    private static int Run(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        Bind(command, values);
        return command.ExecuteNonQuery();
    }

    private static void Bind(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            // A parameter keeps the type of its first value unless it is told again.
            command.Parameters[i].ResetSqliteType();
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }
    }
}
