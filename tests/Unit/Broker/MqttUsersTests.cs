using Sightline.Broker;

namespace Sightline.Unit.Broker;

/// <summary>The password file.</summary>
public sealed class MqttUsersTests : IDisposable
{
    /// <summary>Made by mosquitto_passwd 2.0, password "secret".</summary>
    private const string FromMosquitto = "cam:$7$101$QzKtccAFAkWZ3eMx$bmz/1Mb0H2MRNFNYD6W20hZrdws6cMJwxinnAB17WNp3Ok1InZvsyzeFYOYy3aAFMNWJ6XLyMdfipGDiQa4lAA==";

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-users-").FullName;

    private string UsersFile => Path.Combine(_folder, "below", "users");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Who_was_added_is_let_in_with_its_password_only()
    {
        MqttUsers.Add(UsersFile, "cam-1", "secret", core: false);
        MqttUsers.Add(UsersFile, "core", "Geheimnis ü", core: true);
        var users = MqttUsers.Load(UsersFile);

        Assert.True(users.Check("cam-1", "secret", out var role));
        Assert.Equal(MqttRole.Device, role);
        Assert.True(users.Check("core", "Geheimnis ü", out role));
        Assert.Equal(MqttRole.Core, role);
        Assert.False(users.Check("cam-1", "Secret", out _));
        Assert.False(users.Check("cam", "secret", out _));
        Assert.False(users.Check("", "", out _));
        Assert.DoesNotContain("secret", File.ReadAllText(UsersFile), StringComparison.Ordinal);
    }

    [Fact]
    public void Adding_again_replaces_and_the_rest_of_the_file_stays()
    {
        Write("# our cameras", FromMosquitto, "");
        MqttUsers.Add(UsersFile, "cam-1", "one", core: false);
        MqttUsers.Add(UsersFile, "cam-1", "two", core: true);
        var users = MqttUsers.Load(UsersFile);
        Assert.Equal(["cam", "cam-1"], users.Names.Order());
        Assert.True(users.Check("cam", "secret", out _));
        Assert.False(users.Check("cam-1", "one", out _));
        Assert.True(users.Check("cam-1", "two", out var role));
        Assert.Equal(MqttRole.Core, role);
        Assert.StartsWith("# our cameras", File.ReadAllText(UsersFile), StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_its_owners_alone()
    {
        MqttUsers.Add(UsersFile, "cam-1", "secret", core: false);
        if (OperatingSystem.IsWindows())
            Assert.Skip("needs Unix file modes");
        else
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(UsersFile));
    }

    [Theory]
    [InlineData("cam", "1 fields")]
    [InlineData("cam:plain", "not of PBKDF2")]
    [InlineData("cam:$6$abc$def", "not of PBKDF2")]
    [InlineData("cam:$7$0$AAAA$AAAA", "iterations")]
    [InlineData("cam:$7$99999999$AAAA$AAAA", "iterations")]
    [InlineData("cam:$7$101$AAAA$AAAA", "64 bytes")]
    [InlineData("cam:$7$101$?$?", "base64")]
    [InlineData("c/m:$7$101$AAAA$AAAA", "thing name")]
    [InlineData(FromMosquitto + ":admin", "third field")]
    [InlineData(FromMosquitto + "\n" + FromMosquitto, "twice")]
    public void A_line_that_is_wrong_is_named_with_what_is_wrong(string line, string why)
    {
        Write("# first", line);
        var refused = Assert.Throws<BrokerException>(() => MqttUsers.Load(UsersFile));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Line ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_says_how_to_make_one() =>
        Assert.Contains("sightline users add", Assert.Throws<BrokerException>(() => MqttUsers.Load(UsersFile)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a:b")]
    [InlineData("a/b")]
    [InlineData("+")]
    [InlineData("")]
    [InlineData("a\nb")]
    public void A_name_that_is_no_thing_name_is_refused(string name) => Assert.Throws<BrokerException>(() => MqttUsers.Add(UsersFile, name, "x", core: false));

    private void Write(params string[] lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(UsersFile)!);
        File.WriteAllLines(UsersFile, lines);
    }
}
