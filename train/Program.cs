using System.CommandLine;
using System.Runtime.InteropServices;
using Sightline.Train;
using Sightline.Train.Kit;
using Sightline.Train.Recipes;
using Sightline.Train.Reports;

var work = new Option<string>("--work") { Description = "Folder for rendered data: about 1 GB, kept between runs", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "sightline-train") };
var output = new Option<string?>("--out") { Description = "Folder for checkpoints, curves, weights and the record; default: out below the folder of --work" };
var seed = new Option<ulong>("--seed") { Description = "Decides everything that is left to chance", DefaultValueFactory = _ => 1 };
var threads = new Option<int>("--threads") { Description = "At once; no result depends on it", DefaultValueFactory = _ => Environment.ProcessorCount };
var length = new Option<double>("--length") { Description = "Part of the full recipe, to try things out", DefaultValueFactory = _ => 1 };

using var stop = new CancellationTokenSource();
void Ask(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);

var root = new RootCommand("Trains the weights that Sightline carries, from nothing, on people who do not exist");
void Stage(string name, string description, Action<Course> run)
{
    var command = new Command(name, description) { work, output, seed, threads, length };
    command.SetAction(parsed =>
    {
        var folder = Folder(parsed);
        Directory.CreateDirectory(folder.Output);
        try
        {
            run(new Course(folder));
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("stopped; the same command goes on from here");
            return 130;
        }
    });
    root.Add(command);
}
WorkFolder Folder(ParseResult parsed) => new(
    parsed.GetValue(work)!, parsed.GetValue(output) ?? Path.Combine(parsed.GetValue(work)!, "out"), parsed.GetValue(seed), parsed.GetValue(threads), parsed.GetValue(length),
    line => Console.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {line}"), stop.Token);

Stage("scenes", "Render the scenes for the detector", course => course.Scenes());
Stage("pnet", "Train the first network", course => course.PNet());
Stage("rnet", "Train the second network on what the first lets through", course => course.RNet());
Stage("onet", "Train the third network on what the second lets through", course => course.ONet());
Stage("embedder", "Render faces and train the embedder", course => course.Embedder());
Stage("all", "Everything, in order", course =>
{
    course.Scenes();
    course.PNet();
    course.RNet();
    course.ONet();
    course.Embedder();
});

var check = new Command("check", "Compare every layer's gradient with what its output does");
check.SetAction(_ => GradientCheck.Run(Console.WriteLine) ? 0 : 1);
root.Add(check);
var speed = new Command("speed", "Samples a second that one thread takes: the networks alone, then with their data") { work, output, seed, threads };
speed.SetAction(parsed =>
{
    Speed.Run(seconds: 2, Console.WriteLine);
    Speed.WithData(Folder(parsed), seconds: 4);
});
root.Add(speed);
var look = new Command("look", "Draw scenes, crops and faces as the networks see them, to look at") { work, output, seed, threads };
look.SetAction(parsed => ContactSheet.Draw(Folder(parsed)));
root.Add(look);
// The library's own handling of Ctrl-C would end the process after two seconds; ours saves first.
return root.Parse(args).Invoke(new() { ProcessTerminationTimeout = null });
