using System.Globalization;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>The broker as mosquitto's programs see it, and their password file.</summary>
public sealed class MosquittoTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task A_message_goes_from_mosquitto_pub_to_mosquitto_sub(string version)
    {
        var (pub, sub) = (Tool.Require("mosquitto_pub"), Tool.Require("mosquitto_sub"));
        await using var box = await Box.StartAsync(new());
        string[] common = ["-h", "127.0.0.1", "-p", Port(box), "-V", version, "-q", "1"];
        using var reader = Tool.Start(Tool.Require("stdbuf"), ["-oL", sub, .. common, "-t", "clients/+/answers", "-C", "1", "-d"]);
        // It says with -d when the broker has granted the subscription; before that a message would be lost.
        while (await reader.StandardOutput.ReadLineAsync(Ct) is { } line && !line.Contains("Subscribed", StringComparison.Ordinal))
        {
        }

        var sent = await Tool.RunAsync(pub, [.. common, "-t", "clients/cam/answers", "-m", "hello"]);

        Assert.Equal((0, ""), (sent.Exit, sent.Errors));
        Assert.Contains("hello", await reader.StandardOutput.ReadToEndAsync(Ct), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task Rights_hold_for_mosquitto_too(string version)
    {
        var (pub, sub) = (Tool.Require("mosquitto_pub"), Tool.Require("mosquitto_sub"));
        await using var box = await Box.StartWithUsersAsync();
        string[] common = ["-h", "127.0.0.1", "-p", Port(box), "-V", version, "-q", "1"];
        string[] login = ["-u", "cam-1", "-P", "secret"];

        Assert.NotEqual(0, (await Tool.RunAsync(pub, [.. common, "-t", "clients/cam-1", "-m", "x"])).Exit);
        Assert.NotEqual(0, (await Tool.RunAsync(pub, [.. common, "-u", "cam-1", "-P", "wrong", "-t", "clients/cam-1", "-m", "x"])).Exit);
        Assert.Equal(0, (await Tool.RunAsync(pub, [.. common, .. login, "-t", "clients/cam-1", "-m", "x"])).Exit);
        var elsewhere = await Tool.RunAsync(pub, [.. common, .. login, "-t", "clients/cam-2", "-m", "x"]);
        Assert.True(elsewhere.Exit != 0 || elsewhere.Errors.Length > 0, $"exit {elsewhere.Exit}, '{elsewhere.Errors}'");
        var reading = await Tool.RunAsync(sub, [.. common, .. login, "-t", "clients/#", "-W", "5"]);
        Assert.Contains("denied", reading.Output + reading.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_mosquitto_passwd_made_lets_its_user_in()
    {
        var program = Tool.Require("mosquitto_passwd");
        var file = Path.GetTempFileName();
        try
        {
            Assert.Equal(0, (await Tool.RunAsync(program, ["-b", "-c", file, "cam", "sesame"])).Exit);
            MqttUsers.Add(file, "core", "secret", core: true);
            // And mosquitto can go on with a file that ours wrote to.
            Assert.Equal(0, (await Tool.RunAsync(program, ["-b", file, "cam-2", "sesame"])).Exit);

            var users = MqttUsers.Load(file);

            Assert.True(users.Check("cam", "sesame", out var role));
            Assert.Equal(MqttRole.Device, role);
            Assert.False(users.Check("cam", "Sesame", out _));
            Assert.True(users.Check("cam-2", "sesame", out _));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Port(Box box) => box.Broker.Port.ToString(CultureInfo.InvariantCulture);
}
