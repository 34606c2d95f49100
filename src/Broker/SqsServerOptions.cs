using System.Net;

namespace Sightline.Broker;

public sealed record SqsServerOptions
{
    /// <summary>Off loopback only with <see cref="Keys"/>.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Who may use it: every request must then be signed with one of them. Null: signatures are not looked at.</summary>
    public AccessKeys? Keys { get; init; }

    /// <summary>0: any free port; <see cref="SqsServer.Url"/> then says which.</summary>
    public int Port { get; init; } = 9324;

    /// <summary>
    /// The SQLite file that everything lies in; made where it is not there. One process at a time may have it. Null: a temporary one, which is gone when
    /// the server stops, for tests and demonstrations.
    /// </summary>
    public string? File { get; init; }

    /// <summary>Queues that exist from the start, dead-letter queues included. One that the file has already stays as it is there.</summary>
    public IReadOnlyList<QueueSpec> Queues { get; init; } = [];

    /// <summary>
    /// What all queues together may hold, in memory and in the file: bodies and attributes with three quarters of a kilobyte for each message.
    /// Beyond it SendMessage answers OverLimit: Amazon has no such limit, a computer does. 512 MiB is some 9,000 requests
    /// of seven faces (6.5 kB a crop, in base64); a sender that sees the error keeps its message and tries again.
    /// </summary>
    public long MaxBytes { get; init; } = 512L << 20;
}

/// <summary>A queue to create at the start; <paramref name="DeadLetter"/> names another one that takes what was received too often.</summary>
public sealed record QueueSpec(string Name, string? DeadLetter = null, int MaxReceiveCount = 5, int VisibilitySeconds = 30)
{
    /// <summary>The part of all room, 0 to 1, that no other queue may take. Answers have it, or requests that fill everything could not be answered, and would never go.</summary>
    public double ReservedShare { get; init; }
}
