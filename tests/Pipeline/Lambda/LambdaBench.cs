using System.Globalization;
using System.Text;
using System.Text.Json;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Time.Testing;
using Sightline.Broker;
using Sightline.Faces;
using Sightline.Pipeline.Wire;
using Sightline.Wire;

namespace Sightline.Pipeline.Lambda;

/// <summary>The box's SQS with a request queue, its dead letters and a response queue; a folder for functions and galleries; requests and their answers.</summary>
internal sealed class LambdaBench : IAsyncDisposable
{
    public const string Requests = "requests", Dead = "requests-dead", Answers = "answers";
    public static readonly FaceModel Model = OneFace.Model;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sightline-lambda-");

    public Lines Log { get; } = new();

    /// <summary>The queues' clock: what is hidden comes back when a test lets time pass, and not before.</summary>
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero));
    public SqsServer Server { get; private set; } = null!;
    public SqsEndpoint Endpoint => SqsEndpoint.At(Server.Url);
    public IAmazonSQS Sqs { get; private set; } = null!;
    public string Folder => _folder.FullName;
    public string GalleryFile => Path.Combine(Folder, "gallery.db");

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<LambdaBench> StartAsync(int maxReceiveCount = 3)
    {
        var bench = new LambdaBench();
        bench.Server = await SqsServer.StartAsync(
            new SqsServerOptions { Port = 0, Queues = [new(Dead), new(Requests, Dead, maxReceiveCount), new(Answers)] }, bench.Log, bench.Time, Ct);
        bench.Sqs = bench.Endpoint.Connect();
        return bench;
    }

    public async Task<string> UrlAsync(string queue) => (await Sqs.GetQueueUrlAsync(queue, Ct)).QueueUrl;

    public async Task SendAsync(params string[] bodies)
    {
        foreach (var body in bodies) await Sqs.SendMessageAsync(await UrlAsync(Requests), body, Ct);
    }

    /// <summary>As the event source mapping would take them: ten at the most, with all attributes.</summary>
    public async Task<List<Message>> TakeAsync(string queue = Requests) =>
        (await Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(await UrlAsync(queue)) { MaxNumberOfMessages = 10, MessageSystemAttributeNames = ["All"] }, Ct)).Messages ?? [];

    public async Task<(int Waiting, int InFlight)> DepthAsync(string queue = Requests)
    {
        var depth = await Sqs.GetQueueAttributesAsync(await UrlAsync(queue), ["All"], Ct);
        return (depth.ApproximateNumberOfMessages, depth.ApproximateNumberOfMessagesNotVisible);
    }

    public async Task<Answer> AnswerAsync()
    {
        List<Message> got = [];
        await Soon.Until(async () => (got = (await Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(await UrlAsync(Answers)), Ct)).Messages ?? []).Count > 0);
        await Sqs.DeleteMessageAsync(await UrlAsync(Answers), got[0].ReceiptHandle, Ct);
        return JsonSerializer.Deserialize(got[0].Body, WireJson.Default.Answer)!;
    }

    /// <summary>What AWS documents as the event of such messages, written here by hand: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html</summary>
    public static string Event(IEnumerable<Message> messages, string queue = Requests)
    {
        var records = messages.Select(message => $$"""
            {"messageId": {{Json(message.MessageId)}}, "receiptHandle": {{Json(message.ReceiptHandle)}}, "body": {{Json(message.Body)}},
             "attributes": {"ApproximateReceiveCount": {{Json(message.Attributes["ApproximateReceiveCount"])}}, "SentTimestamp": "1545082649183", "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1545082649185"},
             "messageAttributes": {}, "md5OfBody": {{Json(message.MD5OfBody)}}, "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:{{queue}}", "awsRegion": "us-east-1"}
            """);
        return $$"""{"Records": [{{string.Join(",", records)}}]}""";

        static string Json(string text) => JsonSerializer.Serialize(text);
    }

    /// <summary>A function written in bash, which speaks the Runtime API by itself.</summary>
    /// <param name="handle">What it does with <c>$body</c>; answers what it sets <c>$answer</c> to.</param>
    public string Script(string handle)
    {
        var file = Path.Combine(Folder, $"bootstrap-{Guid.NewGuid():N}");
        File.WriteAllText(file, $$"""
            #!/bin/bash
            LC_ALL=C
            ask() { # METHOD PATH BODY
                exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}" || exit 1
                printf '%s /2018-06-01/runtime/%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' "$1" "$2" "$AWS_LAMBDA_RUNTIME_API" "${#3}" "$3" >&3
                local line length=0
                while IFS= read -r line <&3 && line=${line%$'\r'} && [[ -n $line ]]; do
                    case ${line,,} in
                        lambda-runtime-aws-request-id:*) id=${line#*: } ;;
                        lambda-runtime-deadline-ms:*) deadline=${line#*: } ;;
                        content-length:*) length=${line#*: } ;;
                    esac
                done
                body=
                (( length > 0 )) && IFS= read -r -N "$length" body <&3
                exec 3>&-
            }
            ids() { grep -o '"messageId":"[^"]*"' <<<"$body" | cut -d '"' -f 4; }
            while :; do
                ask GET invocation/next ''
                answer='{"batchItemFailures":[]}'
                {{handle.ReplaceLineEndings("\n")}}
                ask POST "invocation/$id/response" "$answer"
            done
            """.ReplaceLineEndings("\n"), new UTF8Encoding(false));
        MayRun(file);
        return file;
    }

    public static void MayRun(string file)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Enroll(string name, ulong person = 0) => OneFace.Enroll(GalleryFile, name, person);

    public static string Request(string id, ulong person = 0, string alignment = "112-five-points") => JsonSerializer.Serialize(OneFace.Request(id, person, alignment), WireJson.Default.FaceRequest);

    /// <summary>One that no recognizer can handle: it lacks the crop that every model here wants.</summary>
    public static string Bad(string id) => Request(id, alignment: "160-box");

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        Sqs.Dispose();
        await Server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
