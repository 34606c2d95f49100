using Microsoft.Extensions.Time.Testing;
using Sightline.Broker;
using Sightline.Broker.Mqtt;

namespace Sightline.Unit.Broker;

/// <summary>The broker's rules one by one: topics, the window, packet lengths, episodes.</summary>
public sealed class MqttRulesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("clients/cam", true)]
    [InlineData("clients/cam/answers", true)]
    [InlineData("clients/cam/", true)]
    [InlineData("clients/cam/#", true)]
    [InlineData("clients/cam/+/x", true)]
    [InlineData("clients/cam2", false)]
    [InlineData("clients/ca", false)]
    [InlineData("clients/", false)]
    [InlineData("clients", false)]
    [InlineData("Clients/cam", false)]
    [InlineData("/clients/cam", false)]
    [InlineData("clients/+", false)]
    [InlineData("clients/#", false)]
    [InlineData("+/cam", false)]
    [InlineData("#", false)]
    [InlineData("$SYS/broker", false)]
    [InlineData("$share/g/clients/cam", false)]
    public void A_device_has_its_own_topics_only(string topic, bool own)
    {
        Assert.Equal(own, Rights.MaySubscribe(MqttRole.Device, "cam", topic));
        Assert.Equal(own, Rights.MayPublish(MqttRole.Device, "cam", topic));
        Assert.Equal(topic[0] != '$', Rights.MaySubscribe(MqttRole.Core, "core", topic));
    }

    [Fact]
    public async Task The_window_lets_one_in_for_each_that_leaves()
    {
        var window = new Window(mostFrames: 2, mostBytes: 1000);
        Assert.False(await window.WaitAsync(Ct));
        window.Enter(1);
        window.Enter(1);
        var first = window.WaitAsync(Ct);
        var second = window.WaitAsync(Ct);
        Assert.False(first.IsCompleted);
        window.Exit(1);
        Assert.True(await first);
        Assert.False(second.IsCompleted);
        window.Enter(1);
        window.Exit(1);
        Assert.True(await second);
    }

    [Fact]
    public async Task The_window_counts_bytes_as_well()
    {
        var window = new Window(mostFrames: 100, mostBytes: 1000);
        window.Enter(1000);
        var waiting = window.WaitAsync(Ct);
        Assert.False(waiting.IsCompleted);
        window.Exit(1000);
        Assert.True(await waiting);
    }

    [Fact]
    public async Task A_closed_window_lets_everybody_pass_and_one_that_gave_up_is_not_waited_for()
    {
        var window = new Window(mostFrames: 1, mostBytes: 1000);
        window.Enter(1);
        using var gone = new CancellationTokenSource();
        var impatient = window.WaitAsync(gone.Token);
        var patient = window.WaitAsync(Ct);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        window.Exit(1);
        Assert.True(await patient);

        window.Enter(1);
        Task<bool>[] all = [window.WaitAsync(Ct), window.WaitAsync(Ct)];
        window.Close();
        await Task.WhenAll(all);
        Assert.False(await window.WaitAsync(Ct));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Packet_lengths_are_found_however_the_bytes_are_cut(int cut)
    {
        // PINGREQ, then PUBLISHes of 1, 127, 128, 16,383, 16,384 and 2,097,152 bytes: each side of a length byte more.
        int[] lengths = [0, 1, 127, 128, 16_383, 16_384, 2_097_152];
        var bytes = new List<byte>();
        foreach (var length in lengths)
        {
            bytes.Add(0x30);
            for (var rest = length; ;)
            {
                bytes.Add((byte)((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0)));
                if ((rest >>= 7) == 0)
                    break;
            }

            bytes.AddRange(Enumerable.Repeat((byte)0xFF, length));
        }

        var found = new List<int>();
        var packets = new PacketLength();
        foreach (var chunk in bytes.ToArray().Chunk(cut))
        {
            if (packets.Follow(chunk) is { } length)
                found.Add(length);
        }

        Assert.Equal(lengths.Length, packets.Packets);
        // The first thousand bytes hold five headers; of those the largest counts.
        Assert.Equal(cut < 1000 ? lengths : lengths[4..], found);
    }

    [Fact]
    public void An_episode_is_told_once_until_it_was_quiet_for_a_minute()
    {
        var time = new FakeTimeProvider();
        var episodes = new Episodes(time);
        Assert.True(episodes.Begins("publish", "cam"));
        Assert.True(episodes.Begins("publish", "other"));
        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(50));
            Assert.False(episodes.Begins("publish", "cam"));
        }

        time.Advance(TimeSpan.FromSeconds(61));
        Assert.True(episodes.Begins("publish", "cam"));
    }
}
