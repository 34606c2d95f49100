namespace Sightline.App;

/// <summary>What the process says to the shell.</summary>
internal static class ExitCode
{
    /// <summary>All that was asked for was done.</summary>
    public const int Fine = 0;

    /// <summary>An honest negative (a frame lost, a part not well, a person not there) or something that failed; standard error says what.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a setting makes no sense; nothing was done.</summary>
    public const int Usage = 2;
}

/// <summary>Ends a verb with one line for the operator: what was got, where, what was wanted, what to do.</summary>
internal sealed class Complaint(string message, int code = ExitCode.Failed) : Exception(message)
{
    public int Code { get; } = code;

    public static Complaint Usage(string message) => new(message, ExitCode.Usage);
}
