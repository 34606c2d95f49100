using Sightline.Device;

namespace Sightline.Unit.Device;

public sealed class CamerasTests
{
    [Fact]
    public void One_device_keeps_its_name() => Assert.Equal(["front-door-IoTThing"], Cameras.Names("front-door-IoTThing", 1));

    [Fact]
    public void Several_devices_are_numbered()
    {
        Assert.Equal(["camera-01-IoTThing", "camera-02-IoTThing"], Cameras.Names("camera-01-IoTThing", 2));
        Assert.Equal(["front-door-01-IoTThing", "front-door-02-IoTThing"], Cameras.Names("front-door-IoTThing", 2));
        Assert.Equal("camera-100-IoTThing", Cameras.Names("camera-01-IoTThing", 100).Last());
    }
}
