using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Runtime;
using Amazon.SQS;

namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>The AWS SDK for .NET: its request is made of the JSON, its answer is made into JSON; both have the names of the API.</summary>
internal sealed class DotNetClient(AmazonSQSClient sqs) : IClient
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true, Converters = { new Bytes(), new Word() }, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public string Name { get; } = $"AWS SDK for .NET {FileVersion()}";

    public AmazonSQSClient Sqs => sqs;

    public bool Knows(string operation) => TypeOf(operation) is not null;

    public async Task<JsonElement> CallAsync(string operation, JsonElement parameters)
    {
        var type = TypeOf(operation)!;
        var call = typeof(AmazonSQSClient).GetMethod(operation + "Async", [type, typeof(CancellationToken)])!;
        try
        {
            var task = (Task)call.Invoke(sqs, [parameters.Deserialize(type, Options), TestContext.Current.CancellationToken])!;
            await task;
            var answer = task.GetType().GetProperty("Result")!.GetValue(task)!;
            return JsonSerializer.SerializeToElement(answer, answer.GetType(), Options);
        }
        catch (AmazonSQSException refused)
        {
            throw new RefusedException(refused.ErrorCode, refused.Message);
        }
    }

    public ValueTask DisposeAsync()
    {
        sqs.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Type? TypeOf(string operation) => typeof(AmazonSQSClient).Assembly.GetType($"Amazon.SQS.Model.{operation}Request");

    private static string? FileVersion() => typeof(AmazonSQSClient).Assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()?.Version;

    private sealed class Bytes : JsonConverter<MemoryStream>
    {
        public override MemoryStream Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetBytesFromBase64());

        public override void Write(Utf8JsonWriter writer, MemoryStream value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value.ToArray());
    }

    /// <summary>The SDK's constants are classes of one word.</summary>
    private sealed class Word : JsonConverter<ConstantClass>
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsSubclassOf(typeof(ConstantClass));

        public override ConstantClass? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (ConstantClass?)Activator.CreateInstance(typeToConvert, reader.GetString());

        public override void Write(Utf8JsonWriter writer, ConstantClass value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}
