using System.Globalization;
using System.Text.Json;
using Sightline.Pipeline.Broker;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge;

/// <summary>
/// A client as cloud courses have it written, which knows nothing of us: it publishes <c>encoded</c>, <c>request_id</c> and <c>filename</c> on
/// <c>clients/&lt;id&gt;-IoTThing</c>, and polls the response queue with boto3 for <c>request_id</c> and <c>result</c>.
/// </summary>
public sealed class CourseClientTests
{
    private const string Script = """
        import base64, json, os, subprocess, sys, uuid, boto3
        host, port, thing, queue, folder = sys.argv[1:6]
        sqs = boto3.client("sqs", region_name="us-east-1", endpoint_url=os.environ["ENDPOINT"])
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        waiting = {}
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as image:
                payload = {"encoded": base64.b64encode(image.read()).decode("utf-8"), "request_id": str(uuid.uuid4()), "filename": name}
            waiting[payload["request_id"]] = name
            subprocess.run(["mosquitto_pub", "-h", host, "-p", port, "-q", "1", "-t", "clients/" + thing, "-s"],
                           input=json.dumps(payload).encode(), check=True)
        results = {}
        for _ in range(60):
            if not waiting:
                break
            response = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
            for message in response.get("Messages", []):
                body = json.loads(message["Body"])
                results[waiting.pop(body["request_id"])] = body["result"]
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        print(json.dumps(results))
        """;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>The first Python on the PATH, and Debian's own, whose boto3 speaks SQS's older protocol.</summary>
    [Theory]
    [InlineData("python3")]
    [InlineData("/usr/bin/python3")]
    public async Task It_gets_its_answers_from_the_response_queue(string program)
    {
        var python = Tool.Require(program);
        Tool.Require("mosquitto_pub");
        if ((await Tool.RunAsync(python, ["-c", "import boto3"])).Exit != 0) Assert.Skip($"needs boto3 for {program} on this machine");
        await using var rig = await Rig.StartAsync(core => core with { Answers = AnswerPath.Sqs });
        rig.Enroll(("Person One", Cast.Portrait(0)));
        await rig.StopRecognizerAsync();
        await rig.StartRecognizerAsync(); // sees the gallery as it is now, whatever the clock
        var folder = Directory.CreateTempSubdirectory("sightline-course-").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "person.jpg"), Cast.Alone(0), Ct);
            await File.WriteAllBytesAsync(Path.Combine(folder, "strangers.jpg"), Cast.Couple(), Ct);
            await File.WriteAllBytesAsync(Path.Combine(folder, "wall.jpg"), Photo.Empty(), Ct);

            var run = await Tool.RunAsync(
                python, ["-c", Script, "127.0.0.1", rig.Mqtt.Port.ToString(CultureInfo.InvariantCulture), "1234567890-IoTThing", Rig.ResponseQueue, folder],
                new Dictionary<string, string>
                {
                    ["ENDPOINT"] = rig.Sqs.ToString(),
                    ["AWS_ACCESS_KEY_ID"] = "any",
                    ["AWS_SECRET_ACCESS_KEY"] = "any",
                    ["AWS_CONFIG_FILE"] = "/dev/null",
                    ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
                });

            Assert.Equal((0, ""), (run.Exit, run.Errors));
            var results = JsonSerializer.Deserialize<Dictionary<string, string>>(run.Output)!;
            Assert.Equal(new() { ["person.jpg"] = "Person One", ["strangers.jpg"] = Results.Unknown, ["wall.jpg"] = Results.NoFace }, results);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
