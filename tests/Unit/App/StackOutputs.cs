namespace Sightline.Unit.App;

/// <summary>What a stack of deploy/aws/template.yaml put out, in a file that is there until it is disposed.</summary>
internal sealed class StackOutputs(string json = StackOutputs.Good) : IDisposable
{
    public const string Good = """
        [
            { "OutputKey": "RequestQueueUrl", "OutputValue": "https://sqs.eu-west-1.amazonaws.com/123456789012/sightline-requests", "Description": "Where cores send requests" },
            { "OutputKey": "ResponseQueueUrl", "OutputValue": "https://sqs.eu-west-1.amazonaws.com/123456789012/sightline-answers" },
            { "OutputKey": "Region", "OutputValue": "eu-west-1" },
            { "OutputKey": "IotEndpoint", "OutputValue": "a1b2-ats.iot.eu-west-1.amazonaws.com" },
            { "OutputKey": "Bucket", "OutputValue": "sightline-bucket-1" }
        ]
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sightline-stack-");
    private string? _file;

    public string File => _file ??= Written();

    public void Dispose() => _folder.Delete(recursive: true);

    private string Written()
    {
        var file = Path.Combine(_folder.FullName, "outputs.json");
        System.IO.File.WriteAllText(file, json);
        return file;
    }
}
