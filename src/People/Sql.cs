using System.Buffers.Binary;
using Microsoft.Data.Sqlite;

namespace Sightline.People;

/// <summary>SQL in one line where it is used. Parameters are @0, @1... in order.</summary>
internal static class Sql
{
    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, sql, values);
        return command.ExecuteNonQuery();
    }

    public static List<T> Query<T>(this SqliteConnection connection, Func<SqliteDataReader, T> read, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    public static long Number(this SqliteConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, sql, values);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Little-endian float32, whatever the machine.</summary>
    public static byte[] ToBlob(ReadOnlySpan<float> values)
    {
        var blob = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(blob.AsSpan(i * sizeof(float)), values[i]);
        return blob;
    }

    /// <param name="blob">As <see cref="ToBlob"/> made it.</param>
    /// <param name="count">How many there must be.</param>
    /// <param name="what">Named in the error.</param>
    /// <exception cref="InvalidDataException">There are more or fewer.</exception>
    public static float[] FromBlob(byte[] blob, int count, string what)
    {
        if (blob.Length != count * sizeof(float)) throw new InvalidDataException($"{what} has {blob.Length} bytes, wanted {count * sizeof(float)}");
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(blob.AsSpan(i * sizeof(float)));
        return values;
    }

    // The SQL is ours, character by character; what users give comes in the parameters.
#pragma warning disable CA2100
    private static SqliteCommand Command(SqliteConnection connection, string sql, ReadOnlySpan<object> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"@{i}", values[i]);
        return command;
    }
#pragma warning restore CA2100
}
