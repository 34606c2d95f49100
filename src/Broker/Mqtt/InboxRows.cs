using System.Buffers;
using Microsoft.Data.Sqlite;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Sightline.Broker.Mqtt;

/// <summary>Frames as rows of an <see cref="InboxFile"/>. What fails throws <see cref="SqliteException"/>, and the file is as it was. Not thread-safe.</summary>
internal sealed class InboxRows : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert, _insertProperty, _delete, _find, _findProperties;

    public InboxRows(SqliteConnection connection)
    {
        _connection = connection;
        _insert = connection.Command("INSERT INTO frames VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9)");
        _insertProperty = connection.Command("INSERT INTO properties VALUES (@0, @1, @2, @3)");
        _delete = connection.Command("DELETE FROM frames WHERE number = @0");
        _find = connection.Command("SELECT format, content_type, response_topic, correlation_data, payload FROM frames WHERE number = @0");
        _findProperties = connection.Command("SELECT name, value FROM properties WHERE number = @0 ORDER BY place");
        _find.Parameters.Add(new SqliteParameter("@0", SqliteType.Integer));
        _findProperties.Parameters.Add(new SqliteParameter("@0", SqliteType.Integer));
    }

    /// <summary>One transaction: all of it or nothing. What goes makes room for what comes.</summary>
    public void Write(IReadOnlyList<Frame> frames, IReadOnlyList<long> gone)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        foreach (var command in new[] { _insert, _insertProperty, _delete })
            command.Transaction = transaction;
        foreach (var number in gone)
            _delete.Run(number);
        foreach (var frame in frames)
            Insert(frame, frame.Content!);
        transaction.Commit();
    }

    /// <summary>Without what they carry, the oldest first.</summary>
    public IEnumerable<Frame> List(FrameFilters filters) =>
        _connection.Rows("SELECT number, topic, accepted_at, expires_at, bytes FROM frames ORDER BY number").Select(row => new Frame
        {
            Number = row.GetInt64(0),
            Topic = row.GetString(1),
            Filters = filters.Of(row.GetString(1)),
            AcceptedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
            ExpiresAt = row.IsDBNull(3) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            Bytes = row.GetInt32(4),
            Keeping = Keeping.Kept,
            MayBeRepeated = true,
        });

    /// <exception cref="SqliteException">It cannot be read, or is not there though it was written, as where somebody else had the file.</exception>
    public FrameContent Read(long number)
    {
        _findProperties.Parameters[0].Value = number;
        var properties = new List<MqttUserProperty>();
        using (var row = _findProperties.ExecuteReader())
        {
            while (row.Read())
                properties.Add(new(row.GetString(0), row.GetFieldValue<byte[]>(1)));
        }

        _find.Parameters[0].Value = number;
        using var found = _find.ExecuteReader();
        if (!found.Read())
            throw new SqliteException($"it has no frame {number}, which was written to it", SQLitePCL.raw.SQLITE_NOTFOUND);
        return new(
            new(found.GetFieldValue<byte[]>(4)), (MqttPayloadFormatIndicator)found.GetByte(0), Optional(found, 1), Optional(found, 2),
            found.IsDBNull(3) ? null : found.GetFieldValue<byte[]>(3), properties);
    }

    public void Dispose()
    {
        foreach (var command in new[] { _insert, _insertProperty, _delete, _find, _findProperties })
            command.Dispose();
    }

    private void Insert(Frame frame, FrameContent content)
    {
        _insert.Run(
            frame.Number, frame.Topic, frame.AcceptedAt.ToUnixTimeMilliseconds(), frame.ExpiresAt?.ToUnixTimeMilliseconds(), frame.Bytes, (int)content.Format,
            content.ContentType, content.ResponseTopic, content.CorrelationData, content.Payload.ToArray());
        for (var place = 0; place < content.Properties.Count; place++)
            _insertProperty.Run(frame.Number, place, content.Properties[place].Name, content.Properties[place].ValueBuffer.ToArray());
    }

    private static string? Optional(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
