namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>
/// Every client that this machine has runs every scenario: the AWS SDK for .NET, and beside the first python3 of the PATH the distribution's own, whose boto3
/// and AWS CLI are of 2022 and speak the query protocol. Against the box; against another SQS where SIGHTLINE_TEST_SQS_URL names one (for Amazon's
/// https://sqs.eu-central-1.amazonaws.com and the like), with the AWS credentials of the environment: its queues have random names and are removed at the end.
/// </summary>
public sealed class ConformanceTests(ConformanceTests.Bench bench) : IClassFixture<ConformanceTests.Bench>
{
    private const string DotNet = "AWS SDK for .NET";

    /// <summary>As kind of a Python.</summary>
    private static readonly string[] Clients = [DotNet, "boto3 of python3", "boto3 of /usr/bin/python3", "aws of python3", "aws of /usr/bin/python3"];

    public static TheoryData<string, string> Trials
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var client in Clients)
            {
                foreach (var scenario in Scenario.All)
                    data.Add(client, scenario.Name);
            }

            return data;
        }
    }

    public static TheoryData<string> Names => [.. Scenario.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task A_client_finds_what_Amazon_documents(string client, string scenario)
    {
        var (target, dotnet) = await bench.TargetAsync();
        await RunAsync(scenario, await bench.ClientAsync(client), dotnet, target);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_scenarios_hold_for_another_implementation_too(string scenario)
    {
        var (target, dotnet) = await bench.MotoAsync();
        await RunAsync(scenario, dotnet, dotnet, target);
    }

    private static async Task RunAsync(string name, IClient client, IClient other, Target target)
    {
        var scenario = Scenario.All.Single(s => s.Name == name);
        if (target.IsForeign && scenario.NotAtForeign is { } foreign)
            Assert.Skip($"{name}: {foreign}");
        if (target.IsMoto && scenario.NotInMoto is { } moto)
            Assert.Skip($"moto, {name}: {moto}");
        await using var trial = new Trial(client, other, target.IsForeign);
        await scenario.Run(trial);
    }

    /// <summary>Endpoints and clients, each started when it is first asked for, and once.</summary>
    public sealed class Bench : IAsyncLifetime
    {
        private readonly Dictionary<string, IClient?> _clients = [];
        private Target? _target, _moto;
        private DotNetClient? _dotnet, _motoClient;

        public ValueTask InitializeAsync() => ValueTask.CompletedTask;

        internal async Task<(Target Target, IClient DotNet)> TargetAsync()
        {
            _target ??= await Target.StartAsync();
            return (_target, _dotnet ??= _target.Connect());
        }

        internal async Task<(Target Target, IClient DotNet)> MotoAsync()
        {
            _moto ??= await Target.StartMotoAsync();
            return (_moto, _motoClient ??= _moto.Connect());
        }

        internal async Task<IClient> ClientAsync(string name)
        {
            var (target, dotnet) = await TargetAsync();
            if (name == DotNet)
                return dotnet;
            var (kind, python) = (name.Split(" of ")[0], Tool.Require(name.Split(" of ")[1]));
            if (!_clients.TryGetValue(name, out var client))
                _clients.Add(name, client = await ScriptedClient.StartAsync(python, kind, target.Url, target.Environment));
            if (client is null)
                Assert.Skip($"needs {kind} for {python} on this machine");
            return client!;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var client in _clients.Values.OfType<IClient>())
                await client.DisposeAsync();
            if (_dotnet is not null)
                await _dotnet.DisposeAsync();
            if (_motoClient is not null)
                await _motoClient.DisposeAsync();
            if (_target is not null)
                await _target.DisposeAsync();
            if (_moto is not null)
                await _moto.DisposeAsync();
        }
    }
}
