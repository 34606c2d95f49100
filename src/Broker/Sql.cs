using Microsoft.Data.Sqlite;

namespace Sightline.Broker;

/// <summary>SQL in one line where it is used. Parameters are @0, @1... in order.</summary>
internal static class Sql
{
    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        using var command = connection.Command(sql);
        return command.Run(values);
    }

    public static long Number(this SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        return (long)command.ExecuteScalar()!;
    }

    public static IEnumerable<SqliteDataReader> Rows(this SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        using var reader = command.ExecuteReader();
        while (reader.Read())
            yield return reader;
    }

    // The SQL is ours, character by character; what clients send comes in the parameters.
#pragma warning disable CA2100
    public static SqliteCommand Command(this SqliteConnection connection, string sql) => new(sql, connection);
#pragma warning restore CA2100

    /// <summary>A command that is run again keeps its statement and its parameters.</summary>
    public static int Run(this SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (i == command.Parameters.Count)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"@{i}" });
            // An SqliteParameter keeps the type of its first value unless it is told again.
            command.Parameters[i].ResetSqliteType();
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command.ExecuteNonQuery();
    }
}
