using System.Globalization;
using Sightline.Broker;
using Sightline.Broker.Mqtt;

namespace Sightline.Unit.Broker;

/// <summary>Whatever happens in whatever order: what was acknowledged to a publisher reaches a core that acknowledges it.</summary>
public sealed class InboxRandomTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task No_frame_that_was_acknowledged_is_lost_and_no_core_is_handed_too_much(int seed)
    {
        var dice = new Random(seed);
        using var box = new InboxBox(new MqttServerOptions { InboxFile = Path.Combine(_folder, "inbox.db"), InboxBytes = 400_000 });
        var told = new Dictionary<string, Task<Verdict>>();
        var done = new HashSet<string>();
        var cores = new List<(InboxBox.Core Core, int Window, List<(ushort Packet, string Text)> Held)>();
        for (var step = 0; step < 3000; step++)
        {
            switch (dice.Next(100))
            {
                case < 45:
                    var text = told.Count.ToString(CultureInfo.InvariantCulture);
                    told[text] = box.Publish(text);
                    break;
                case < 85 when cores.Count > 0:
                    var (core, _, held) = cores[dice.Next(cores.Count)];
                    if (core.Waiting > 0)
                        held.Add(await core.NextAsync() is var (packet, message) ? (packet, InboxBox.Text(message)) : default);
                    // In any order, though MQTT has one.
                    if (held.Count > 0 && dice.Next(3) > 0)
                        Acknowledge(dice.Next(held.Count), core, held);
                    break;
                case < 95:
                    box.Time.Advance(TimeSpan.FromMilliseconds(dice.Next(300)));
                    break;
                case < 97 when cores.Count < 3:
                    var window = dice.Next(1, 10);
                    cores.Add((box.Connect(window), window, []));
                    break;
                case < 99 when cores.Count > 0:
                    var leaving = dice.Next(cores.Count);
                    cores[leaving].Core.Leave();
                    cores.RemoveAt(leaving);
                    break;
                case 99 when dice.Next(20) == 0:
                    // Killed: nothing is told any more, and what the disk's thread has begun is on the disk or not.
                    cores.Clear();
                    box.Restart(TimeSpan.FromSeconds(dice.Next(3)));
                    break;
            }

            Assert.All(cores, c => Assert.InRange(c.Core.Window.Frames, 0, c.Window));
        }

        cores.ForEach(c => c.Core.Leave());
        box.Time.Advance(TimeSpan.FromSeconds(1));
        var last = box.Connect(8);
        for (var i = 0; box.Inbox.Status is not { Frames: 0, Bytes: 0 }; i++)
        {
            Assert.True(i < 5000, $"left behind: {box.Inbox.Status}");
            while (last.Waiting > 0)
                done.UnionWith(await last.WorkAsync(1));
            box.Time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        var safe = new List<string>();
        foreach (var (text, verdict) in told.Where(t => t.Value.IsCompleted))
        {
            if (await verdict == Verdict.Safe)
                safe.Add(text);
        }

        Assert.InRange(safe.Count, 100, told.Count);
        Assert.Empty(safe.Except(done));

        void Acknowledge(int which, InboxBox.Core core, List<(ushort Packet, string Text)> held)
        {
            core.Acknowledge(held[which].Packet);
            done.Add(held[which].Text);
            held.RemoveAt(which);
        }
    }
}
