namespace Sightline.Edge.Greengrass;

/// <summary>The component's configuration has a key or a value that it cannot have: the message names each, with what was wanted.</summary>
public sealed class SettingsException : Exception
{
    public SettingsException(string message) : base(message) { }
    public SettingsException(string message, Exception inner) : base(message, inner) { }
    public SettingsException() : base("wrong settings") { }
}
