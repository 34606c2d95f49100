namespace Sightline.Wire;

/// <summary>A wrong setting or broken infrastructure that the operator must see to: the message says what was got, where, what was wanted and what to do.</summary>
public sealed class WireException : Exception
{
    public WireException(string message) : base(message) { }
    public WireException(string message, Exception inner) : base(message, inner) { }
    public WireException() : base("broken wire") { }
}
