using System.Globalization;

namespace Sightline.Pipeline.Faults;

/// <summary>How long these tests run, where somebody wants more of them than <c>./test</c> has time for.</summary>
internal static class FaultSettings
{
    // Not an option: a test program has none.
    public static double Number(string name, double otherwise)
    {
#pragma warning disable RS0030
        var text = Environment.GetEnvironmentVariable(name);
#pragma warning restore RS0030
        return text is { Length: > 0 } ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }
}
