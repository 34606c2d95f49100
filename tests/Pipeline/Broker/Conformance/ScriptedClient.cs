using System.Diagnostics;
using System.Text.Json;

namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>
/// boto3, or the AWS CLI, which is a Python program too: one process for all that is asked, a line of JSON for each question and each answer. The CLI is
/// called as its own program calls it, with arguments, and read by what it prints; only that it need not be started each time.
/// </summary>
internal sealed class ScriptedClient : IClient
{
    private const string Script = """
        import base64, contextlib, io, json, re, sys

        kind, endpoint = sys.argv[1:3]
        answers = sys.stdout

        def blobs(value, use):
            if isinstance(value, list):
                return [blobs(item, use) for item in value]
            if isinstance(value, dict):
                return {key: use(item) if key == "BinaryValue" else blobs(item, use) for key, item in value.items()}
            return value

        def boto3_client():
            import boto3, botocore
            from botocore.exceptions import ClientError
            sqs = boto3.client("sqs", endpoint_url=endpoint)
            def call(operation, parameters):
                try:
                    result = getattr(sqs, botocore.xform_name(operation))(**blobs(parameters, base64.b64decode))
                except ClientError as e:
                    return {"code": e.response["Error"]["Code"], "message": e.response["Error"]["Message"]}
                result.pop("ResponseMetadata", None)
                return {"result": blobs(result, lambda data: base64.b64encode(data).decode())}
            return "boto3 " + boto3.__version__, sqs.meta.service_model, call

        def cli_client():
            import awscli
            from awscli.clidriver import create_clidriver
            try:
                from botocore import xform_name
            except ImportError: # version 2 has a botocore of its own
                from awscli.botocore import xform_name
            driver = create_clidriver()
            # Version 1 takes bytes as they are, version 2 in base64; both print base64.
            taken = (lambda text: base64.b64decode(text).decode()) if awscli.__version__.startswith("1.") else (lambda text: text)
            def call(operation, parameters):
                out, err = io.StringIO(), io.StringIO()
                arguments = ["sqs", xform_name(operation, "-"), "--endpoint-url", endpoint, "--no-paginate", "--output", "json", "--cli-input-json", json.dumps(blobs(parameters, taken))]
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                    try:
                        code = driver.main(arguments)
                    except SystemExit as e:
                        code = e.code
                refused = re.search(r"An error occurred \(([^)]*)\) when calling the \w+ operation(?: \([^)]*\))?: (.*)", err.getvalue(), re.S)
                if refused:
                    return {"code": refused.group(1), "message": refused.group(2).strip()}
                if code:
                    return {"failed": f"exit code {code}: {err.getvalue()}"}
                return {"result": json.loads(out.getvalue() or "{}")}
            return "AWS CLI " + awscli.__version__, driver.session.get_service_model("sqs"), call

        name, model, call = {"boto3": boto3_client, "aws": cli_client}[kind]()
        operations = list(model.operation_names)
        known = model.operation_model("ReceiveMessage").input_shape.members
        print(json.dumps({"name": name, "operations": operations}), file=answers, flush=True)
        for line in sys.stdin:
            request = json.loads(line)
            parameters = request["parameters"]
            # Its older name, for clients from before it had the newer one.
            if "MessageSystemAttributeNames" in parameters and "MessageSystemAttributeNames" not in known:
                parameters["AttributeNames"] = parameters.pop("MessageSystemAttributeNames")
            print(json.dumps(call(request["operation"], parameters)), file=answers, flush=True)
        """;

    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly HashSet<string> _operations;

    private ScriptedClient(Process process, Task<string> errors, JsonElement hello)
    {
        (_process, _errors) = (process, errors);
        Name = hello.GetProperty("name").GetString()!;
        _operations = [.. hello.GetProperty("operations").EnumerateArray().Select(name => name.GetString()!)];
    }

    public string Name { get; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Null where this Python has no such module.</summary>
    /// <param name="python">Whose modules.</param>
    /// <param name="kind">boto3, or aws for the CLI.</param>
    /// <param name="endpoint">Where SQS is.</param>
    /// <param name="environment">Credentials and region; added to this process's own.</param>
    public static async Task<ScriptedClient?> StartAsync(string python, string kind, Uri endpoint, IReadOnlyDictionary<string, string> environment)
    {
        var process = Tool.Start(python, ["-c", Script, kind, endpoint.AbsoluteUri], environment);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        if (await process.StandardOutput.ReadLineAsync(Ct) is { } hello)
            return new(process, errors, JsonSerializer.Deserialize<JsonElement>(hello));
        var why = await errors;
        process.Dispose();
        return why.Contains("ModuleNotFoundError", StringComparison.Ordinal) ? null : throw new InvalidOperationException($"{python} {kind}: {why}");
    }

    public bool Knows(string operation) => _operations.Contains(operation);

    public async Task<JsonElement> CallAsync(string operation, JsonElement parameters)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { operation, parameters }).AsMemory(), Ct);
        await _process.StandardInput.FlushAsync(Ct);
        var line = await _process.StandardOutput.ReadLineAsync(Ct) ?? throw new InvalidOperationException($"{Name} ended: {await _errors}");
        var answer = JsonSerializer.Deserialize<JsonElement>(line);
        if (answer.TryGetProperty("code", out var code))
            throw new RefusedException(code.GetString()!, answer.GetProperty("message").GetString()!);
        return answer.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException($"{Name}, {operation}: {answer}");
    }

    public async ValueTask DisposeAsync()
    {
        // The end of its input is the end of the script; whoever is stuck in a call is ended.
        _process.StandardInput.Close();
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5)))
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        await _errors;
        _process.Dispose();
    }
}
