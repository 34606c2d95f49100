namespace Sightline.Edge.Greengrass;

/// <summary>The nucleus said no, or something that is no message of its protocol; the text says what was got and what was wanted.</summary>
public class IpcException : Exception
{
    public IpcException(string message) : base(message) { }
    public IpcException(string message, Exception inner) : base(message, inner) { }
    public IpcException() : base("no understanding with the nucleus") { }

    /// <summary>The error's name, such as <c>UnauthorizedError</c>; null where the nucleus named none.</summary>
    public string? Code { get; init; }

    internal bool IsNotFound => Code == "ResourceNotFoundError";
    internal bool IsUnauthorized => Code == "UnauthorizedError";
}

/// <summary>The nucleus takes this component's token no longer, or never did: only a start by the nucleus brings another one.</summary>
public sealed class IpcRefusedException : IpcException
{
    public IpcRefusedException(string message) : base(message) { }
    public IpcRefusedException(string message, Exception inner) : base(message, inner) { }
    public IpcRefusedException() : base("the nucleus refuses the token") { }
}

/// <summary>The connection ended before there was an answer: whether the nucleus did what was asked is not known.</summary>
internal sealed class IpcLostException : IpcException
{
    public IpcLostException(string message) : base(message) { }
    public IpcLostException(string message, Exception inner) : base(message, inner) { }
    public IpcLostException() : base("the connection to the nucleus ended") { }
}
