namespace Sightline.Pipeline.App;

/// <summary>What a server that is neither this machine nor Amazon's gets of the user's AWS account: nothing.</summary>
public sealed class ForeignQueueTests : IDisposable
{
    // An address of TEST-NET-1, which nobody has: https://www.rfc-editor.org/rfc/rfc5737
    private const string Foreign = "http://192.0.2.1:9324";

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("", "", "")]
    [InlineData("AKIDEXAMPLE", "wJalrXUtnFEMI", "a session token")]
    public async Task Without_a_key_of_its_own_it_is_not_asked(string id, string secret, string token)
    {
        var credentials = Path.Combine(_folder, "credentials");
        await File.WriteAllTextAsync(credentials, "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrXUtnFEMI\nregion = eu-central-1\n", TestContext.Current.CancellationToken);

        var (code, _, error) = await Program.RunAsync(["recognize", "--sqs", Foreign, "--model", "builtin", "--gallery", Path.Combine(_folder, "gallery.db"), "--http-port", "0"], null,
            ("SIGHTLINE_ASSETS", _folder), ("AWS_SHARED_CREDENTIALS_FILE", credentials), ("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret), ("AWS_SESSION_TOKEN", token));

        Assert.Equal(1, code);
        Assert.Contains("give --sqs-keys FILE", error, StringComparison.Ordinal);
        Assert.DoesNotContain("wJalrX", error, StringComparison.Ordinal);
    }
}
