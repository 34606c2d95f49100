using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using MQTTnet.Protocol;
using Sightline.Broker;
using Sightline.Broker.Mqtt;

namespace Sightline.Unit.Broker;

/// <summary>The file of the inbox: what lies in it, what a restart finds, and what happens where it cannot be used or is full.</summary>
public sealed class InboxFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    private string File => Path.Combine(_folder, "new", "inbox.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_commit_is_synced_and_what_was_deleted_is_zeroed()
    {
        using var box = Start();
        var live = box.Inbox.Disk.Connection;
        Assert.Equal("wal", live.Rows("PRAGMA journal_mode").Select(row => row.GetString(0)).Single());
        Assert.Equal(2, live.Number("PRAGMA synchronous")); // FULL
        Assert.Equal(1, live.Number("PRAGMA secure_delete"));
        Assert.Equal(1, live.Number("PRAGMA foreign_keys"));
    }

    [Fact]
    public void Only_its_owner_may_read_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        if (OperatingSystem.IsWindows()) return; // for the analyzer
        using var box = Start();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File + "-wal"));
    }

    [Fact]
    public async Task A_frame_that_was_acknowledged_is_in_a_copy_of_the_file_that_was_taken_at_that_moment()
    {
        using var box = Start();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(Verdict.Safe, await box.Publish($"{i}"));
            var copy = Path.Combine(_folder, $"{i}.db");
            Copy(File, copy);
            Copy(File + "-wal", copy + "-wal");
            using var found = new InboxBox(new() { InboxFile = copy });
            Assert.Equal(Enumerable.Range(0, i + 1).Select(n => $"{n}"), await found.Connect().WorkAsync(i + 1));
        }

        static void Copy(string from, string to)
        {
            using var source = System.IO.File.Open(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var target = System.IO.File.Create(to);
            source.CopyTo(target);
        }
    }

    [Fact]
    public async Task A_frame_comes_back_as_it_was_published_with_the_moment_it_was_taken_and_may_be_a_duplicate()
    {
        using var box = Start();
        var message = InboxBox.Message("", expiry: 3600, ("filename", "wörld.jpg"), ("filename", "twice"), (FrameContent.AcceptedAt, "2000-01-01T00:00:00Z"));
        message.Payload = new([0xFF, 0xD8, 0, 1]);
        message.ContentType = "image/jpeg";
        message.ResponseTopic = "clients/cam/mine";
        message.CorrelationData = [0, 255];
        message.PayloadFormatIndicator = MqttPayloadFormatIndicator.CharacterData;
        Assert.Equal(Verdict.Safe, await box.Publish(message));
        Assert.DoesNotContain(message.UserProperties, p => p.Name == FrameContent.AcceptedAt);

        box.Restart(TimeSpan.FromSeconds(100.25));

        var (_, found) = await box.Connect(subscription: 7).NextAsync();
        Assert.Equal((InboxBox.Topic, MqttQualityOfServiceLevel.AtLeastOnce, true), (found.Topic, found.QualityOfServiceLevel, found.Dup));
        Assert.Equal([0xFF, 0xD8, 0, 1], System.Buffers.BuffersExtensions.ToArray(found.Payload));
        Assert.Equal(("image/jpeg", "clients/cam/mine", MqttPayloadFormatIndicator.CharacterData), (found.ContentType, found.ResponseTopic, found.PayloadFormatIndicator));
        Assert.Equal([0, 255], found.CorrelationData);
        Assert.Equal([7u], found.SubscriptionIdentifiers);
        Assert.Equal(3500u, found.MessageExpiryInterval); // 3,600 less 100.25, rounded up: it has not expired
        Assert.Equal(
            [("filename", "wörld.jpg"), ("filename", "twice"), ("sightline-accepted-at", "2026-01-02T03:04:05.678Z")],
            found.UserProperties.Select(p => (p.Name, Encoding.UTF8.GetString(p.ValueBuffer.Span))));
    }

    [Fact]
    public async Task An_empty_frame_without_properties_survives_too()
    {
        using var box = Start();
        await box.Publish("");
        box.Restart();
        var (_, found) = await box.Connect().NextAsync();
        Assert.Equal((0L, null, null, null, 0u), (found.Payload.Length, found.ContentType, found.ResponseTopic, found.CorrelationData, found.MessageExpiryInterval));
    }

    [Fact]
    public async Task What_the_core_acknowledged_is_deleted_and_does_not_come_back()
    {
        using var box = Start();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => box.Publish($"picture {i}")));
        await box.Connect().WorkAsync(7);
        var before = box.Inbox.Disk.Commits;
        box.Time.Advance(TimeSpan.FromSeconds(1));
        await InboxBox.UntilAsync(() => box.Inbox.Disk.Commits == before + 1); // all seven together
        Assert.Equal(3, box.Inbox.Status.Frames);
        box.Restart(meanwhile: () =>
        {
            var bytes = Encoding.Latin1.GetString(System.IO.File.ReadAllBytes(File));
            Assert.DoesNotContain("picture 1", bytes, StringComparison.Ordinal);
            Assert.Contains("picture 8", bytes, StringComparison.Ordinal);
        });
        Assert.Equal(["picture 7", "picture 8", "picture 9"], await box.Connect().WorkAsync(3));
        box.Restart();
        Assert.Equal((0, 0), (box.Inbox.Status.Frames, box.Inbox.Status.Bytes));
    }

    [Fact]
    public async Task What_publishers_hand_in_together_is_committed_together()
    {
        using var box = Start();
        List<Task<Verdict>> told = [];
        var before = box.Inbox.Disk.Commits;
        lock (box.Inbox.Gate)
            told.AddRange(Enumerable.Range(0, 100).Select(i => box.Publish($"{i}")));
        Assert.All(await Task.WhenAll(told), verdict => Assert.Equal(Verdict.Safe, verdict));
        // The thread may have looked in between the first frame and the lock's end, and found nothing.
        Assert.Equal(before + 1, box.Inbox.Disk.Commits);
    }

    [Fact]
    public async Task A_full_inbox_refuses_keeps_what_it_has_says_so_once_and_takes_again_when_the_core_has_taken_some()
    {
        using var box = Start(new() { InboxBytes = 20_000 });
        var payload = new string('x', 5000);
        Assert.Equal([Verdict.Safe, Verdict.Safe, Verdict.Refused, Verdict.Refused], await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => box.Publish(payload))));
        Assert.Contains("full", box.Inbox.Status.Trouble, StringComparison.Ordinal);
        Assert.Equal((2, 2), (box.Inbox.Status.Frames, box.Inbox.Status.Refused));
        Assert.Single(box.Log.All, line => line.Text.Contains("is full", StringComparison.Ordinal));

        await box.Connect().WorkAsync(1);
        Assert.Null(box.Inbox.Status.Trouble);
        box.Restart();
        Assert.Equal(Verdict.Safe, await box.Publish(payload));
        Assert.Equal(Verdict.Refused, await box.Publish(payload));
    }

    [Fact]
    public async Task A_full_inbox_is_no_reason_to_refuse_what_the_core_takes_in_time()
    {
        using var box = Start(new() { InboxBytes = 1 });
        var core = box.Connect();
        var told = box.Publish("fast");
        await core.WorkAsync(1);
        Assert.Equal(Verdict.Safe, await told);
        told = box.Publish("slow");
        box.Time.Advance(Inbox.Patience);
        Assert.Equal(Verdict.Refused, await told);
        // The core has it all the same, and may say so; nobody is told twice.
        await core.WorkAsync(1);
        Assert.Equal((0, 0), (box.Inbox.Status.Frames, core.Window.Frames));
    }

    [Fact]
    public async Task On_a_full_disk_frames_are_refused_what_was_acknowledged_stays_and_it_recovers_by_itself()
    {
        using var box = Start();
        Assert.Equal(Verdict.Safe, await box.Publish("acknowledged"));
        // What a full disk does, done to the file: https://www.sqlite.org/pragma.html#pragma_max_page_count
        Alter(box, "PRAGMA max_page_count = 1");
        for (var i = 0; i < 3; i++)
            Assert.Equal(Verdict.Refused, await box.Publish(new string('x', 100_000)));
        Assert.Contains("the disk is full", box.Inbox.Status.Trouble, StringComparison.Ordinal);
        Assert.Equal(1, box.Inbox.Status.Frames);
        Alter(box, "PRAGMA max_page_count = 1000000");
        Assert.Equal(Verdict.Safe, await box.Publish(new string('x', 100_000)));
        Assert.Null(box.Inbox.Status.Trouble);
        Assert.Equal([LogLevel.Error, LogLevel.Information], box.Log.All.Select(l => l.Level).Where(l => l != LogLevel.Warning));
        box.Restart();
        Assert.Equal("acknowledged", await box.Connect().NextTextAsync());
        Assert.Equal(2, box.Inbox.Status.Frames);
    }

    [Fact]
    public async Task On_a_disk_that_became_read_only_what_lies_there_is_still_handed_out_and_deleted_later()
    {
        using var box = Start();
        await box.Publish("before");
        Alter(box, "PRAGMA query_only = ON");
        Assert.Equal(Verdict.Refused, await box.Publish("now"));
        Assert.Equal(["before"], await box.Connect().WorkAsync(1));
        box.Time.Advance(TimeSpan.FromSeconds(1));
        Alter(box, "PRAGMA query_only = OFF");
        var commits = box.Inbox.Disk.Commits;
        await InboxBox.UntilAsync(() =>
        {
            box.Time.Advance(TimeSpan.FromSeconds(1));
            return box.Inbox.Disk.Commits > commits;
        });
        box.Restart();
        Assert.Equal(0, box.Inbox.Status.Frames);
    }

    [Fact]
    public async Task A_frame_whose_expiry_interval_ran_out_is_not_handed_out_and_that_is_told_once()
    {
        using var box = Start();
        foreach (var (text, expiry) in new[] { ("short", 10u), ("shorter", 5u), ("long", 1000u), ("for ever", 0u) })
            await box.Publish(InboxBox.Message(text, expiry));
        box.Restart(TimeSpan.FromSeconds(10));
        var core = box.Connect();
        Assert.Equal(["long", "for ever"], await core.WorkAsync(2));
        Assert.Equal((2, 0, 0), (box.Inbox.Status.Expired, core.Waiting, box.Inbox.Status.Frames));
        Assert.Single(box.Log.All, line => line.Text.Contains("expiry interval", StringComparison.Ordinal));
        box.Restart();
        Assert.Equal(0, box.Inbox.Status.Frames);
    }

    [Fact]
    public async Task Expired_frames_make_room_where_there_is_none()
    {
        using var box = Start(new() { InboxBytes = 10_000 });
        await box.Publish(InboxBox.Message("expires", 1));
        await box.Publish(InboxBox.Message("expires", 1));
        Assert.Equal(Verdict.Refused, await box.Publish("no room"));
        box.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(Verdict.Safe, await box.Publish("room"));
        Assert.Equal((1, 2), (box.Inbox.Status.Frames, box.Inbox.Status.Expired));
    }

    [Fact]
    public async Task A_frame_that_cannot_be_read_does_not_hold_up_the_others_and_is_tried_again()
    {
        using var box = Start();
        foreach (var text in new[] { "unreadable", "b", "c" })
            await box.Publish(text);
        Alter(box, "UPDATE frames SET number = 1000 WHERE number = 1");
        var core = box.Connect(window: 1);
        await InboxBox.UntilAsync(() => box.Inbox.Status.Trouble is not null);
        box.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["b", "c"], await core.WorkAsync(2));
        Alter(box, "UPDATE frames SET number = 1 WHERE number = 1000");
        for (var i = 0; i < 60; i++)
            box.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["unreadable"], await core.WorkAsync(1));
        Assert.Null(box.Inbox.Status.Trouble);
    }

    [Fact]
    public async Task What_it_holds_and_does_is_counted()
    {
        var counted = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Sightline.Broker") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => counted.AddOrUpdate(instrument.Name, Math.Max(0, value), (_, sum) => sum + Math.Max(0, value)));
        listener.Start();
        using var box = Start(new() { InboxBytes = 5000 });
        await box.PassOn("dropped");
        await box.Publish(InboxBox.Message("written", 1));
        Assert.Equal(Verdict.Refused, await box.Publish("refused"));
        box.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, box.Connect().Waiting);
        Assert.All(new[] { "frames", "bytes", "written", "refused", "expired", "dropped" }, name => Assert.InRange(counted.GetValueOrDefault($"sightline.inbox.{name}"), 1, long.MaxValue));
    }

    [Fact]
    public async Task Frames_on_topics_that_no_filter_takes_any_more_stay_and_are_told_of()
    {
        using (var box = Start(new() { FrameFilters = ["yard/+"] }))
            Assert.Equal(Verdict.Safe, await box.Publish("kept", "yard/cam"));
        using (var box = Start())
        {
            Assert.Equal((1, 0), (box.Inbox.Status.Frames, box.Connect().Waiting));
            Assert.Single(box.Log.All, line => line.Text.Contains("'yard/cam'", StringComparison.Ordinal));
        }

        using var again = Start(new() { FrameFilters = ["clients/+", "yard/+"] });
        Assert.Equal("kept", await again.Connect(filter: "yard/+").NextTextAsync());
    }

    [Theory]
    [InlineData("PRAGMA user_version = 99", "newer Sightline (its schema is 99")]
    [InlineData("PRAGMA application_id = 7", "of another program")]
    public void A_file_of_another_kind_is_refused_and_left_as_it_is(string change, string problem)
    {
        Start().Dispose();
        using (var connection = new SqliteConnection($"Data Source={File};Pooling=False"))
        {
            connection.Open();
            connection.Execute(change);
        }

        var before = System.IO.File.ReadAllBytes(File);
        var refused = Assert.Throws<BrokerException>(() => Start());
        Assert.True(refused.IsOfInboxFile);
        Assert.Contains(File, refused.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.Contains("--data FOLDER", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
    }

    [Fact]
    public void A_file_that_is_none_of_SQLites_or_damaged_or_in_use_is_refused_with_what_to_do()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, "not mine");
        Assert.Contains("is no inbox", Assert.Throws<BrokerException>(() => Start()).Message, StringComparison.Ordinal);
        System.IO.File.Delete(File);

        using (var box = Start())
            Assert.Contains("in use by another process", Assert.Throws<BrokerException>(() => Start()).Message, StringComparison.Ordinal);
        using (var file = System.IO.File.OpenWrite(File))
        {
            // Over everything but the header and the first page, which has the tables.
            file.Position = 4096;
            file.Write(new byte[file.Length - 4096].Select((_, i) => (byte)(i * 7)).ToArray());
        }

        Assert.Contains("is damaged", Assert.Throws<BrokerException>(() => Start()).Message, StringComparison.Ordinal);
    }

    private InboxBox Start(MqttServerOptions? options = null) => new((options ?? new()) with { InboxFile = File });

    /// <summary>From this thread, while the disk's has nothing to do: it waits until it is handed something, under the gate.</summary>
    private static void Alter(InboxBox box, string sql)
    {
        lock (box.Inbox.Gate)
            box.Inbox.Disk.Connection.Execute(sql);
    }
}
