using Sightline.Edge;
using Sightline.Wire;

namespace Sightline.Unit.Edge;

public sealed class CoreStatusTests
{
    [Fact]
    public void Names_are_counted_together_and_never_shown()
    {
        var status = new CoreStatus();
        status.CountAnswered("Ada Lovelace");
        status.CountAnswered("Charles Babbage");
        status.CountAnswered(Results.Unknown);
        status.CountAnswered(Results.NoFace);

        Assert.Equal(new Dictionary<string, long> { ["known"] = 2, [Results.Unknown] = 1, [Results.NoFace] = 1 }, status.Answered);
    }
}
