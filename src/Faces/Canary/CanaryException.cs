namespace Sightline.Faces;

/// <summary>A model does not make of a known picture what it should: what was got, what was wanted, what that looks like, and what to do. Nothing may be served with it.</summary>
public sealed class CanaryException : Exception
{
    public CanaryException() { }
    public CanaryException(string message) : base(message) { }
    public CanaryException(string message, Exception inner) : base(message, inner) { }
}
