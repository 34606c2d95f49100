using Sightline.Faces;

namespace Sightline.App.Demonstration;

/// <summary>What was asked for; <see cref="ResolveAsync"/> finds out what can be had.</summary>
internal sealed record DemoChoice
{
    public string? Folder { get; init; }

    /// <summary>So many people who do not exist; null: photographs.</summary>
    public int? People { get; init; }

    /// <summary>Photographs or nothing.</summary>
    public bool Photographs { get; init; }

    /// <summary>Null: the published ones for photographs, the built-in ones for people who do not exist.</summary>
    public Models? Models { get; init; }
    public int MaxSide { get; init; } = 1000;

    /// <summary>Fetches what is missing. Without anything asked for, and without a way to fetch, the demo is on people who do not exist.</summary>
    /// <exception cref="AssetException">What was asked for cannot be fetched.</exception>
    public async Task<(IDemoPlan Plan, Models Models)> ResolveAsync(Cli cli, CancellationToken stop)
    {
        Models?.Import(cli); // without the checkpoint that was asked for there is nothing to fall back on
        if (People is { } people) return (new SyntheticPlan(people), SyntheticPlan.Suited(await FetchedAsync(cli, Models ?? Models.Builtin, stop)));
        if (Folder is not null)
        {
            var plan = PhotographPlan.OfFolder(Folder) with { MaxSide = MaxSide }; // a wrong folder is told before anything is fetched
            return (plan, await FetchedAsync(cli, Models ?? Models.Published, stop));
        }
        try
        {
            await Pulling.FetchMissingAsync(cli, [.. (Models ?? Models.Published).Assets, .. PhotographPlan.Samples], stop);
        }
        catch (AssetException failure) when (!Photographs && (Models ?? Models.Builtin).Assets.All(asset => cli.Assets.Find(asset) is not null))
        {
            cli.Error.WriteLine($"no photographs: {failure.InnerException?.Message ?? failure.Message} This demo is on people who do not exist instead; --photographs insists.");
            return (new SyntheticPlan(CrowdOptions.People), SyntheticPlan.Suited(Models ?? Models.Builtin));
        }
        return (PhotographPlan.OfSamples(cli.Assets) with { MaxSide = MaxSide }, Models ?? Models.Published);
    }

    private static async Task<Models> FetchedAsync(Cli cli, Models models, CancellationToken stop)
    {
        try
        {
            await Pulling.FetchMissingAsync(cli, models.Assets, stop);
            return models;
        }
        catch (AssetException failure)
        {
            throw new AssetException($"{failure.Message} --model {FaceModel.BuiltinName} needs nothing to be fetched; it was trained on people who do not exist and is for trying things out.", failure);
        }
    }
}
