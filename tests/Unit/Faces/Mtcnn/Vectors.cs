using Sightline.Faces.Detection;

namespace Sightline.Unit.Faces.Mtcnn;

public sealed class Vectors
{
    [Fact]
    public void The_kernels_run_on_the_path_that_this_test_run_asks_for()
    {
#pragma warning disable RS0030 // A test run is told its path from outside, as the runtime is (DOTNET_EnableAVX512=0 and so on).
        var asked = Environment.GetEnvironmentVariable("SIGHTLINE_TEST_SIMD");
#pragma warning restore RS0030
        if (string.IsNullOrEmpty(asked)) Assert.Skip("no path asked for: set SIGHTLINE_TEST_SIMD to 512, 256, 128 or scalar");

        var expected = asked switch
        {
            "512" => LaneWidth.Bits512,
            "256" => LaneWidth.Bits256,
            "128" => LaneWidth.Bits128,
            "scalar" => LaneWidth.Scalar,
            _ => throw new InvalidOperationException($"got SIGHTLINE_TEST_SIMD={asked}, wanted 512, 256, 128 or scalar"),
        };
        Assert.Equal(expected, Lanes.Widest);
    }
}
