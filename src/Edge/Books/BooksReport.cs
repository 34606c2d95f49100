using Microsoft.Data.Sqlite;

namespace Sightline.Edge;

/// <summary>The books as anybody may look at them: what was counted, and what lies in the rows, which must agree.</summary>
/// <param name="Devices">By name.</param>
/// <param name="All">All devices together.</param>
/// <param name="Spooled">Requests that wait for a queue to be reached.</param>
/// <param name="SpooledBytes">How much they are.</param>
public sealed record BooksReport(IReadOnlyList<DeviceBooks> Devices, DeviceBooks All, long Spooled, long SpooledBytes)
{
    /// <summary>accepted = answered + expired + failed + handed over + open, for each device.</summary>
    public bool Balances => All.Balances && Devices.All(device => device.Balances);

    /// <summary>As they are on the disk at this moment, while a core writes them or not.</summary>
    /// <exception cref="BooksException">There are none, or they cannot be read.</exception>
    public static BooksReport Read(string file)
    {
        try
        {
            using var connection = BooksFile.OpenToRead(file);
            // One moment for all that is asked.
            using var moment = connection.BeginTransaction(deferred: true);
            var devices = Read(connection, moment).Values.OrderBy(device => device.Device, StringComparer.Ordinal).ToList();
            using var spool = Command(connection, moment, "SELECT count(*), coalesce(sum(length(body)), 0) FROM spool");
            using var row = spool.ExecuteReader();
            row.Read();
            return new(devices, DeviceBooks.Sum(devices), row.GetInt64(0), row.GetInt64(1));
        }
        catch (SqliteException e)
        {
            throw new BooksException($"{Path.GetFullPath(file)} {BooksFile.Explain(e)}", e);
        }
    }

    private static Dictionary<string, DeviceBooks> Read(SqliteConnection connection, SqliteTransaction moment)
    {
        var devices = new Dictionary<string, DeviceBooks>(StringComparer.Ordinal);
        using (var counts = Command(connection, moment, "SELECT device, what, count FROM counts"))
        using (var row = counts.ExecuteReader())
        {
            while (row.Read()) Of(row.GetString(0)).Take(row.GetString(1), row.GetInt64(2));
        }
        // Not a count: the rows themselves, so that what was closed twice or never entered shows.
        using (var open = Command(connection, moment, "SELECT device, count(*) FROM frames WHERE outcome = 0 GROUP BY device"))
        using (var row = open.ExecuteReader())
        {
            while (row.Read()) Of(row.GetString(0)).Open = row.GetInt64(1);
        }
        return devices;

        DeviceBooks Of(string device) => devices.TryGetValue(device, out var found) ? found : devices[device] = new DeviceBooks(device);
    }

    private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction moment, string sql)
    {
#pragma warning disable CA2100 // ours, character by character
        return new(sql, connection, moment);
#pragma warning restore CA2100
    }
}

/// <summary>The books of one device. A frame that comes again, or that ends again, is counted in <see cref="Duplicates"/> and nowhere else.</summary>
public sealed class DeviceBooks(string device)
{
    private readonly SortedDictionary<string, long> _results = new(StringComparer.Ordinal);

    public string Device => device;
    public long Accepted { get; private set; }
    public long Answered { get; private set; }
    public long Expired { get; private set; }
    public long Failed { get; private set; }

    /// <summary>Their answers the device takes from the response queue itself.</summary>
    public long HandedOver { get; private set; }

    /// <summary>Not ended yet.</summary>
    public long Open { get; internal set; }
    public long Duplicates { get; private set; }
    public long ReusedIds { get; private set; }

    /// <summary>What was answered: <c>known</c>, <c>Unknown</c>, <c>No-Face</c>, <c>Bad-Image</c>.</summary>
    public IReadOnlyDictionary<string, long> Results => _results;

    public bool Balances => Accepted == Answered + Expired + Failed + HandedOver + Open;

    internal static DeviceBooks Sum(IEnumerable<DeviceBooks> devices)
    {
        var all = new DeviceBooks("all");
        foreach (var one in devices)
        {
            all.Accepted += one.Accepted;
            all.Answered += one.Answered;
            all.Expired += one.Expired;
            all.Failed += one.Failed;
            all.HandedOver += one.HandedOver;
            all.Open += one.Open;
            all.Duplicates += one.Duplicates;
            all.ReusedIds += one.ReusedIds;
            foreach (var (result, count) in one._results) all._results[result] = all._results.GetValueOrDefault(result) + count;
        }
        return all;
    }

    internal void Take(string what, long count)
    {
        switch (what)
        {
            case Counts.Accepted: Accepted = count; break;
            case Counts.Answered: Answered = count; break;
            case Counts.Expired: Expired = count; break;
            case Counts.Failed: Failed = count; break;
            case Counts.HandedOver: HandedOver = count; break;
            case Counts.Duplicate: Duplicates = count; break;
            case Counts.ReusedId: ReusedIds = count; break;
            default:
                if (what.StartsWith(Counts.ResultPrefix, StringComparison.Ordinal)) _results[what[Counts.ResultPrefix.Length..]] = count;
                break;
        }
    }
}
