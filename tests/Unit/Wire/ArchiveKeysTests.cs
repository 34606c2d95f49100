using Sightline.Wire;

namespace Sightline.Unit.Wire;

/// <summary>Keys are made of anybody's text, and stay where they belong all the same.</summary>
public sealed class ArchiveKeysTests
{
    private static readonly DateTimeOffset At = new(2026, 5, 4, 12, 0, 0, 12, TimeSpan.FromHours(2));

    [Fact]
    public void An_answer_lies_by_date_and_device_in_a_folder_of_its_own()
    {
        var folder = ArchiveKeys.Of(At, "front-door-IoTThing", "0198c1f2-7d3e-7c55-9f0e-2b8d1a3c4e5f");

        Assert.Equal("2026/05/04/front-door-IoTThing/20260504T100000.0120000Z-0198c1f2-7d3e-7c55-9f0e-2b8d1a3c4e5f", folder);
        Assert.Equal(folder + "/answer.json", ArchiveKeys.AnswerOf(folder));
        Assert.Equal(folder + "/face-0.jpg", ArchiveKeys.FaceOf(folder, 0));
        Assert.Equal([folder + "/frame.jpg", folder + "/frame.png", folder + "/frame.webp"], new[] { "jpeg", "png", "webp" }.Select(format => ArchiveKeys.FrameOf(folder, format)));
        Assert.Equal("people/0197/" + folder, ArchiveKeys.IndexOf("0197", folder));
        Assert.Equal("nobody/" + folder, ArchiveKeys.IndexOf(null, folder));
        Assert.True(ArchiveKeys.IsAnswer(folder, out var receivedAt));
        Assert.Equal(At, receivedAt);
    }

    [Theory]
    [InlineData("../../x")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/b//c/")]
    [InlineData("a\\..\\b")]
    [InlineData("C:\\x")]
    [InlineData("a b?c#d%2e%2e%2f&e")]
    [InlineData("Größe 北京 🙂")]
    [InlineData("=2e=2e")]
    [InlineData("=x")]
    public void No_request_id_leaves_its_folder(string id)
    {
        var folder = ArchiveKeys.Of(At, "cam:1", id);

        Assert.StartsWith("2026/05/04/cam=3a1/20260504T100000.0120000Z-", folder, StringComparison.Ordinal);
        Assert.Equal(5, folder.Split('/').Length);
        Assert.All(folder.Split('/'), part => Assert.InRange(part.Length, 1, 255));
        Assert.True(ObjectStore.IsKey(folder) && ArchiveKeys.IsAnswer(folder, out _));
        Assert.Equal("/some/place/" + folder, Path.GetFullPath(Path.Combine("/some/place", folder)));
    }

    [Fact]
    public void No_two_request_ids_meet()
    {
        string[] ids =
        [
            "a/b", "a=2fb", "a=2Fb", "a=b", "a", "A", "a.", ".a", "=2ea", "a b", "a=20b", "é", "e\u0301", "=c3=a9", new('/', 128), new('/', 127), new('é', 64), new string('é', 63) + "è",
            "=x" + new string('0', 64), "x",
        ];

        Assert.Equal(ids.Length, ids.Select(id => ArchiveKeys.Of(At, "cam", id)).Distinct().Count());
    }

    [Fact]
    public void The_longest_of_everything_is_a_key_still()
    {
        var folder = ArchiveKeys.Of(DateTimeOffset.MaxValue, new(':', 128), new('北', 128));
        var key = ArchiveKeys.IndexOf(new string('北', 128), folder);

        Assert.InRange(key.Length, 1, 1024 - 500); // the archive's URL takes the rest
        Assert.All(key.Split('/'), part => Assert.InRange(part.Length, 1, 255));
        Assert.True(ArchiveKeys.IsIndex(key, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026")]
    [InlineData("2026/05/04")]
    [InlineData("2026/05/04/cam")]
    [InlineData("2026/05/04/cam/notes")]
    [InlineData("2026/05/04/cam/20260504T100000.0120000Z")]
    [InlineData("2026/05/04/cam/20260504T100000.0120000Z-")]
    [InlineData("2026/05/05/cam/20260504T100000.0120000Z-7")]
    [InlineData("2026/05/04/../20260504T100000.0120000Z-7")]
    [InlineData("2026/05/04/cam/20260504T100000.0120000Z-7/x")]
    [InlineData("x/2026/05/04/cam/20260504T100000.0120000Z-7")]
    public void What_was_not_made_here_is_no_answer(string folder) => Assert.False(ArchiveKeys.IsAnswer(folder, out _));
}
