namespace Sightline.Edge;

/// <summary>The file of the books cannot be used. The message names it and says what to do.</summary>
public sealed class BooksException : Exception
{
    public BooksException() { }
    public BooksException(string message) : base(message) { }
    public BooksException(string message, Exception inner) : base(message, inner) { }
}
