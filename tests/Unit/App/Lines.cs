using System.Text;
using Sightline.App;

namespace Sightline.Unit.App;

/// <summary>The command line in this process, with an environment of its own and what it printed.</summary>
internal sealed class Lines
{
    private readonly StringBuilder _out = new();
    private readonly StringBuilder _error = new();

    public Lines(params (string Name, string Value)[] environment) => Cli = new()
    {
        Environment = environment.ToDictionary(variable => variable.Name, variable => variable.Value),
        In = TextReader.Null,
        Out = new StringWriter(_out),
        Error = new StringWriter(_error),
    };

    public Cli Cli { get; }
    public string Out => _out.ToString();
    public string Error => _error.ToString();

    public Task<int> RunAsync(params string[] args) => CommandLine.RunAsync(args, Cli);
}
