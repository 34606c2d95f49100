namespace Sightline.Tests;

internal static partial class FaceNetCheckpoint
{
    /// <summary>Of the published checkpoint; the end of the test where the list is not there.</summary>
    public static IReadOnlyList<Entry> Entries() => Entries(Shared.Read(Listing));

    public static byte[] ByFormula() => ByFormula(Entries());
}
