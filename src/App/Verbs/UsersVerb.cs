using System.CommandLine;
using System.Text;
using Sightline.Broker;

namespace Sightline.App.Verbs;

/// <summary><c>sightline users add|key</c>: logins of the MQTT broker, keys of the SQS endpoint.</summary>
internal static class UsersVerb
{
    public static Command Create(Cli cli) => new("users", "Who may use the broker and the queues of `sightline up` (--mqtt-users FILE, --sqs-keys FILE)") { Add(cli), Key(cli) };

    private static Verb Add(Cli cli)
    {
        var verb = new Verb(cli, "add", "Add a login, or change its password; asked on the terminal, or read from standard input, never from the command line",
            "sightline users add front-door-IoTThing --file users", "printf %s \"$PASSWORD\" | sightline users add core-2 --core --file users");
        var name = verb.Word("NAME", "A device logs in with its thing name");
        var file = verb.Text("--file", Path.Combine(cli.DataFolder, "mqtt-users"), "FILE", "The file for --mqtt-users; made where there is none, readable by you only");
        var core = verb.Switch("--core", "A core's login: reads every device's frames, publishes every answer");
        verb.SetAction(parsed =>
        {
            var (who, where) = (parsed.GetValue(name)!, parsed.GetValue(file)!);
            MqttUsers.Add(where, who, Password(cli, who), parsed.GetValue(core));
            cli.Out.WriteLine($"{who} is in {where} ({(parsed.GetValue(core) ? "a core" : "a device")}); restart `sightline up` to let them in");
            return ExitCode.Fine;
        });
        return verb;
    }

    private static Verb Key(Cli cli)
    {
        var verb = new Verb(cli, "key", "Make an access key for the SQS endpoint, add it to a file, and print it as the variables that every AWS tool reads",
            "sightline users key --file keys", "sightline up --sqs-listen 192.168.1.10 --sqs-keys keys");
        var file = verb.Text("--file", Path.Combine(cli.DataFolder, "sqs-keys"), "FILE", "The file for --sqs-keys; made where there is none, readable by you only");
        verb.SetAction(parsed =>
        {
            var key = AccessKeys.Add(parsed.GetValue(file)!);
            cli.Out.WriteLine($"AWS_ACCESS_KEY_ID={key.Id}");
            cli.Out.WriteLine($"AWS_SECRET_ACCESS_KEY={key.Secret}");
            cli.Error.WriteLine($"{key.Id} is in {parsed.GetValue(file)}; restart `sightline up --sqs-keys` with it to let it in");
            return ExitCode.Fine;
        });
        return verb;
    }

    private static string Password(Cli cli, string who)
    {
        if (!cli.InIsTerminal) return cli.In.ReadLine() ?? throw new Complaint("got no password on standard input; wanted one line");
        var password = Asked(cli, $"Password for {who}: ");
        return Asked(cli, "Once more: ") == password ? password : throw new Complaint("the two passwords differ; nothing was changed");
    }

    private static string Asked(Cli cli, string question)
    {
        cli.Error.Write(question);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (key.KeyChar >= ' ') typed.Append(key.KeyChar);
        }
        cli.Error.WriteLine();
        return typed.ToString();
    }
}
