using Sightline.Broker;

namespace Sightline.Unit.Broker;

/// <summary>The file of SQS keys.</summary>
public sealed class AccessKeysTests : IDisposable
{
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-keys-").FullName;

    private string KeysFile => Path.Combine(_folder, "below", "keys");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_key_that_was_made_is_in_the_file_which_is_its_owners_only()
    {
        var first = AccessKeys.Add(KeysFile);
        var second = AccessKeys.Add(KeysFile);
        var keys = AccessKeys.Load(KeysFile);

        Assert.Equal(first, keys.First);
        Assert.True(keys.TryGet(second.Id, out var secret));
        Assert.Equal((second.Secret, 20, 40), (secret, second.Id.Length, second.Secret.Length));
        Assert.NotEqual(first.Id, second.Id);
        Assert.False(keys.TryGet("AKIDEXAMPLE", out _));
        Assert.DoesNotContain(first.Secret, first.ToString(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeysFile));
    }

    [Fact]
    public void One_more_key_is_let_in_without_being_in_the_file()
    {
        Write("# ours", "", $"AKIDEXAMPLE:{Secret}");
        var own = AccessKey.Random();
        var keys = AccessKeys.Load(KeysFile).With(own);
        Assert.True(keys.TryGet("AKIDEXAMPLE", out _));
        Assert.True(keys.TryGet(own.Id, out _));
        Assert.DoesNotContain(own.Id, File.ReadAllText(KeysFile), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AKIDEXAMPLE", "it has 1 fields")]
    [InlineData("AKIDEXAMPLE:" + Secret + ":more", "it has 3 fields")]
    [InlineData("AK/ID:" + Secret, "the id is not")]
    [InlineData("AKIDEXAMPLE:wJalrXUtnFEMI", "the secret is not 20 or more")]
    [InlineData("AKIDEXAMPLE:wJalrXUtnFEMI wJalrXUtnFEMI", "the secret is not 20 or more")]
    [InlineData("# nobody", "has no key in it")]
    public void A_wrong_line_is_told_without_a_secret(string line, string why)
    {
        Write(line);
        var error = Assert.Throws<BrokerException>(() => AccessKeys.Load(KeysFile));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wJalrX", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_others_may_read_is_not_used()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("file modes are Unix's");
        Write($"AKIDEXAMPLE:{Secret}");
#pragma warning disable CA1416 // it does not see that the test ends above where there are no such modes
        File.SetUnixFileMode(KeysFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
#pragma warning restore CA1416
        Assert.Contains("chmod 600", Assert.Throws<BrokerException>(() => AccessKeys.Load(KeysFile)).Message, StringComparison.Ordinal);
    }

    private void Write(params string[] lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(KeysFile)!);
        File.WriteAllLines(KeysFile, lines);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(KeysFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
