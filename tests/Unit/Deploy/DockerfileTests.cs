using Sightline.Unit.House;

namespace Sightline.Unit.Deploy;

/// <summary>deploy/docker/Dockerfile, as far as its text tells: no machine that built this had a Docker.</summary>
public sealed class DockerfileTests
{
    private static readonly string[] Lines =
    [
        .. Repository.Read("deploy/docker/Dockerfile").Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#')),
    ];

    [Fact]
    public void Edge_and_recognizer_are_targets_of_one_image()
    {
        Assert.Equal(["FROM sightline AS recognizer", "FROM sightline AS edge"], Lines.Where(line => line.StartsWith("FROM sightline ", StringComparison.Ordinal)));
        Assert.Equal(["""ENTRYPOINT ["/app/sightline", "recognize"]""", """ENTRYPOINT ["/app/sightline", "edge"]"""], Lines.Where(line => line.StartsWith("ENTRYPOINT", StringComparison.Ordinal)));
    }

    [Fact]
    public void It_builds_on_the_builders_architecture_for_the_images()
    {
        Assert.Contains(Lines, line => line.StartsWith("FROM --platform=$BUILDPLATFORM ", StringComparison.Ordinal));
        Assert.Contains("ARG TARGETARCH", Lines);
        Assert.Contains(Lines, line => line.Contains("--arch \"$TARGETARCH\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Images_from_elsewhere_have_a_version_and_what_runs_has_no_shell()
    {
        string[] foreign = [.. Lines.Where(line => line.StartsWith("FROM", StringComparison.Ordinal)).Select(line => line.Split(' ').First(word => word is not "FROM" && !word.StartsWith("--", StringComparison.Ordinal))).Where(image => image != "sightline")];
        Assert.All(foreign, image => Assert.Matches(@"^mcr\.microsoft\.com/dotnet/\w+:10\.0-noble(-chiseled)?$", image));
        Assert.EndsWith("-chiseled", foreign[^1], StringComparison.Ordinal);
        // Without a shell the commands of what runs are lists.
        Assert.All(Lines.SkipWhile(line => !line.Contains("-chiseled", StringComparison.Ordinal)), line => Assert.False(line.StartsWith("RUN", StringComparison.Ordinal) || line.StartsWith("SHELL", StringComparison.Ordinal), line));
        Assert.Contains(Lines, line => line.StartsWith("HEALTHCHECK ", StringComparison.Ordinal) && line.EndsWith("""CMD ["/app/sightline", "health"]""", StringComparison.Ordinal));
    }

    [Fact]
    public void It_runs_as_a_number_that_is_not_root_and_writes_in_one_place()
    {
        Assert.Equal("USER 1654", Assert.Single(Lines, line => line.StartsWith("USER", StringComparison.Ordinal)));
        Assert.Equal("VOLUME /data", Assert.Single(Lines, line => line.StartsWith("VOLUME", StringComparison.Ordinal)));
        Assert.Contains(Lines, line => line.StartsWith("ENV HOME=/data ", StringComparison.Ordinal) && line.Contains("SIGHTLINE_DATA=/data", StringComparison.Ordinal) && line.Contains("XDG_CACHE_HOME=/data/", StringComparison.Ordinal));
        Assert.DoesNotContain(Lines, line => line.StartsWith("ADD ", StringComparison.Ordinal) || line.Contains("curl", StringComparison.Ordinal) || line.Contains("AWS_", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_copied_is_there_and_is_all_that_is_let_in()
    {
        string[] copied = [.. Lines.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from=", StringComparison.Ordinal)).SelectMany(line => line.Split(' ')[1..^1])];
        Assert.All(copied, name => Assert.True(Path.Exists(Path.Combine(Repository.Root, name)), name));
        string[] ignore = [.. Repository.Read("deploy/docker/Dockerfile.dockerignore").Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#'))];
        Assert.Equal("*", ignore[0]);
        Assert.Equal(copied.Select(name => "!" + name.TrimEnd('/')).Order(StringComparer.Ordinal), ignore[1..].Order(StringComparer.Ordinal));
    }
}
