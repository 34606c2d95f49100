using System.Xml.Linq;

namespace Sightline.Unit.House;

/// <summary>Which room may see which: the arrows of the design. Edge and Recognizer never see each other; only the wire joins them.</summary>
public sealed class ProjectGraph
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["App"] = ["Broker", "Device", "Edge", "Faces", "People", "Recognizer", "Web", "Wire"],
        ["Broker"] = [],
        ["Device"] = ["Faces", "Wire"],
        ["Edge"] = ["Faces", "Wire"],
        ["Faces"] = [],
        ["People"] = ["Faces"],
        ["Recognizer"] = ["Faces", "People", "Wire"],
        ["Web"] = ["People", "Wire"],
        ["Wire"] = [],
    };

    [Fact]
    public void Every_room_of_src_is_known_here() =>
        Assert.Equal(Allowed.Keys.Order(), Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(Path.GetFileName).Order());

    [Fact]
    public void A_room_references_only_the_rooms_it_may_see()
    {
        foreach (var (room, allowed) in Allowed)
        {
            var project = XDocument.Parse(Repository.Read($"src/{room}/{room}.csproj"));
            var references = project.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));
            Assert.True(references.All(allowed.Contains),
                $"{room} references {string.Join(", ", references.Except(allowed))}; it may see {string.Join(", ", allowed)}");
        }
    }

    [Theory]
    [InlineData("Faces")]
    [InlineData("People")]
    [InlineData("Recognizer")]
    [InlineData("Wire")]
    public void What_Lambda_will_run_has_no_web_server_in_it(string room)
    {
        var project = XDocument.Parse(Repository.Read($"src/{room}/{room}.csproj"));
        Assert.Empty(project.Descendants("FrameworkReference"));
    }

    [Fact]
    public void Faces_opens_no_socket_and_keeps_no_clock_and_no_log()
    {
        foreach (var file in Repository.Sources().Where(f => f.StartsWith("src/Faces/", StringComparison.Ordinal)))
        {
            var text = Repository.Read(file);
            foreach (var word in new[] { "System.Net", "HttpClient", "TimeProvider", "ILogger", "Stopwatch" })
                Assert.False(text.Contains(word, StringComparison.Ordinal), $"{file} names {word}");
        }
    }
}
