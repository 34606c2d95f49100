using Sightline.Pipeline.Broker;

namespace Sightline.Pipeline.Deploy;

/// <summary>What other people's programs find wrong with deploy/, where this machine has them.</summary>
public sealed class LintTests
{
    [Fact]
    public async Task The_template_passes_cfn_lint() => Pass(await Tool.RunAsync(Tool.Require("cfn-lint"), ["--regions", "us-east-1", "eu-west-1", "--", Checkout.Deploy("aws/template.yaml")]));

    [Fact]
    public async Task The_scripts_pass_shellcheck()
    {
        var shellcheck = Tool.Require("shellcheck");
        var scripts = Directory.GetFiles(Checkout.Deploy(""), "*.sh", SearchOption.AllDirectories);
        Assert.NotEmpty(scripts);
        Pass(await Tool.RunAsync(shellcheck, ["--", .. scripts]));
    }

    [Fact]
    public async Task The_Dockerfile_passes_hadolint() => Pass(await Tool.RunAsync(Tool.Require("hadolint"), [Checkout.Deploy("docker/Dockerfile")]));

    [Fact]
    public async Task The_unit_is_one_that_systemd_understands()
    {
        var analyze = Tool.Require("systemd-analyze");
        var folder = Directory.CreateTempSubdirectory("sightline-unit-");
        try
        {
            // With a program that is there, since that it is not is an error too.
            var unit = Path.Combine(folder.FullName, "sightline.service");
            var text = await File.ReadAllTextAsync(Checkout.Deploy("systemd/sightline.service"), TestContext.Current.CancellationToken);
            Assert.Contains("ExecStart=/opt/sightline/sightline ", text, StringComparison.Ordinal);
            await File.WriteAllTextAsync(unit, text.Replace("/opt/sightline/sightline", Tool.Require("true"), StringComparison.Ordinal), TestContext.Current.CancellationToken);
            Pass(await Tool.RunAsync(analyze, ["verify", unit]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_unit_is_not_exposed()
    {
        // In tenths; 1.2 by systemd 252. Versions weigh a little differently, and a line that is lost costs less than one.
        var outcome = await Tool.RunAsync(Tool.Require("systemd-analyze"), ["security", "--offline=true", "--threshold=15", "--no-pager", Checkout.Deploy("systemd/sightline.service")]);
        Assert.SkipWhen(outcome.Errors.Contains("unrecognized option", StringComparison.Ordinal), "needs a systemd-analyze that looks at files (250 or newer)");
        Assert.True(outcome.Exit == 0, outcome.Output + outcome.Errors);
    }

    private static void Pass(Tool.Outcome outcome) => Assert.Equal((0, "", ""), (outcome.Exit, outcome.Output.Trim(), outcome.Errors.Trim()));
}
