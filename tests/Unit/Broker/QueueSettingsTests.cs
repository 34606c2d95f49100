using Sightline.Broker.Sqs;

namespace Sightline.Unit.Broker;

/// <summary>Creating queues: names, attributes and creating again.</summary>
public sealed class QueueSettingsTests : IDisposable
{
    private readonly SqsBox _box = new();

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData("", "InvalidParameterValue")]
    [InlineData("with space", "InvalidParameterValue")]
    [InlineData("ümlaut", "InvalidParameterValue")]
    [InlineData("orders.fifo", "AWS.SimpleQueueService.UnsupportedOperation")]
    public void A_name_is_letters_digits_hyphens_and_underscores(string name, string code) =>
        Assert.Equal(code, _box.Queues.Create(name, new Dictionary<string, string>())?.QueryCode);

    [Fact]
    public void A_name_has_80_characters_at_the_most()
    {
        _box.Create(new('a', 80));
        Assert.NotNull(_box.Queues.Create(new('a', 81), new Dictionary<string, string>()));
    }

    [Theory]
    [InlineData("VisibilityTimeout", "43201", "InvalidAttributeValue")]
    [InlineData("VisibilityTimeout", "-1", "InvalidAttributeValue")]
    [InlineData("VisibilityTimeout", "1.5", "InvalidAttributeValue")]
    [InlineData("DelaySeconds", "901", "InvalidAttributeValue")]
    [InlineData("MaximumMessageSize", "1023", "InvalidAttributeValue")]
    [InlineData("MaximumMessageSize", "1048577", "InvalidAttributeValue")]
    [InlineData("MessageRetentionPeriod", "59", "InvalidAttributeValue")]
    [InlineData("ReceiveMessageWaitTimeSeconds", "21", "InvalidAttributeValue")]
    [InlineData("RedrivePolicy", "{}", "InvalidAttributeValue")]
    [InlineData("RedrivePolicy", "nonsense", "InvalidAttributeValue")]
    [InlineData("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:d","maxReceiveCount":0}""", "InvalidAttributeValue")]
    [InlineData("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:d","maxReceiveCount":"x"}""", "InvalidAttributeValue")]
    [InlineData("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:nowhere","maxReceiveCount":1}""", "InvalidParameterValue")]
    [InlineData("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us\\"east:000000000000:d","maxReceiveCount":1}""", "InvalidAttributeValue")]
    [InlineData("RedriveAllowPolicy", "nonsense", "InvalidAttributeValue")]
    [InlineData("RedriveAllowPolicy", "[]", "InvalidAttributeValue")]
    [InlineData("RedriveAllowPolicy", """{"redrivePermission":"sometimes"}""", "InvalidAttributeValue")]
    [InlineData("RedriveAllowPolicy", """{"redrivePermission":"byQueue"}""", "InvalidAttributeValue")]
    [InlineData("RedriveAllowPolicy", """{"redrivePermission":"byQueue","sourceQueueArns":["q"]}""", "InvalidAttributeValue")]
    [InlineData("RedriveAllowPolicy", """{"redrivePermission":"denyAll","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:q"]}""", "InvalidAttributeValue")]
    [InlineData("FifoQueue", "true", "InvalidAttributeName")]
    [InlineData("Policy", "{}", "InvalidAttributeName")]
    [InlineData("Colour", "red", "InvalidAttributeName")]
    public void An_attribute_that_is_wrong_is_refused(string name, string value, string code) =>
        Assert.Equal(code, _box.Queues.Create("q", new Dictionary<string, string> { [name] = value })?.QueryCode);

    [Fact]
    public void Creating_again_with_the_same_values_returns_the_queue_and_with_others_is_refused()
    {
        var queue = _box.Create("q", ("VisibilityTimeout", "31"), ("DelaySeconds", "0"));
        Assert.Same(queue, _box.Create("q"));
        Assert.Same(queue, _box.Create("q", ("VisibilityTimeout", "31")));
        var refused = _box.Queues.Create("q", new Dictionary<string, string> { ["VisibilityTimeout"] = "30" });
        Assert.Equal("com.amazonaws.sqs#QueueNameExists", refused?.Type);
        Assert.Equal("QueueAlreadyExists", refused?.QueryCode);
        Assert.Contains("VisibilityTimeout", refused?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_redrive_policy_can_be_taken_away()
    {
        var queue = _box.CreateWithDeadLetters("q", 2, out _);
        Assert.Equal(2, queue.Settings.Redrive?.MaxReceiveCount);
        Assert.Null(_box.Queues.Change(queue, new Dictionary<string, string> { ["RedrivePolicy"] = "" }));
        Assert.Null(queue.Settings.Redrive);
    }

    /// <summary>https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html</summary>
    [Theory]
    [InlineData("""{"redrivePermission":"allowAll"}""", true)]
    [InlineData("""{"redrivePermission":"denyAll"}""", false)]
    [InlineData("""{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:q"]}""", true)]
    [InlineData("""{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:q2"]}""", false)]
    public void A_queue_says_whose_dead_letters_it_takes(string policy, bool takes)
    {
        var dead = _box.Create("dead", ("RedriveAllowPolicy", policy));
        Assert.Equal(policy, dead.Settings.ToAttributes().ToDictionary()["RedriveAllowPolicy"]);
        var refused = _box.Queues.Create("q", new Dictionary<string, string> { ["RedrivePolicy"] = """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}""" });
        Assert.Equal(takes ? null : "InvalidParameterValue", refused?.QueryCode);
        Assert.Null(_box.Queues.Change(dead, new Dictionary<string, string> { ["RedriveAllowPolicy"] = "" }));
        Assert.Null(dead.Settings.RedriveAllow);
    }

    /// <summary>https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html</summary>
    [Theory]
    [InlineData("cost centre", "Kamera-Tür: 1/2 = 0.5 + a_b@c", true)]
    [InlineData("key", "", true)]
    [InlineData("", "value", false)]
    [InlineData("aws:key", "value", false)]
    [InlineData("key", "AWS:value", false)]
    [InlineData("key", "a;b", false)]
    [InlineData("k\u0007", "value", false)]
    public void A_tag_is_letters_digits_spaces_and_a_few_signs(string key, string value, bool valid) =>
        Assert.Equal(valid ? null : "InvalidParameterValue", Tags.Check(new Dictionary<string, string> { [key] = value })?.QueryCode);

    [Fact]
    public void A_queue_keeps_fifty_tags_of_128_and_256_characters()
    {
        Assert.Null(Tags.Check(new Dictionary<string, string> { [new('k', 128)] = new('v', 256) }));
        Assert.NotNull(Tags.Check(new Dictionary<string, string> { [new('k', 129)] = "" }));
        Assert.NotNull(Tags.Check(new Dictionary<string, string> { ["k"] = new('v', 257) }));
        Assert.Null(Tags.CheckCount(50));
        Assert.Contains("51 tags", Tags.CheckCount(51)?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9324/000000000000/q", true)]
    [InlineData("https://sqs.eu-west-1.amazonaws.com/123456789012/q", true)]
    [InlineData("q", false)]
    [InlineData("http://127.0.0.1:9324/q", false)]
    [InlineData("http://127.0.0.1:9324/0/q/x", false)]
    [InlineData("file:///0/q", false)]
    public void A_queue_is_found_by_the_end_of_its_URL(string url, bool valid)
    {
        _box.Create("q");
        Assert.Equal(valid ? null : "InvalidAddress", _box.Queues.FindByUrl(url, out _)?.QueryCode);
    }

    /// <summary>The MD5s in ../shared/golden/sqs-wire, which Amazon's client for .NET and boto3 accepted.</summary>
    [Fact]
    public void Digests_are_those_that_the_clients_accepted()
    {
        MessageAttribute text = new("k", "String", "v"u8.ToArray()), binary = new("b", "Binary", [1, 2]);
        Assert.Equal("c2201201089f019e104af8e6b50e36b4", Digest.Of("{\"hello\":\"wörld & <xml>\"}"u8));
        Assert.Equal("509308fe9f8ef67131cb619d5c92931e", Digest.Of([text, binary]));
        Assert.Equal("509308fe9f8ef67131cb619d5c92931e", Digest.Of([binary, text]));
        Assert.Equal("0a77b0642718c3d9dd47090567d11e0d", Digest.Of([text]));
        Assert.Null(Digest.Of(Array.Empty<MessageAttribute>()));
    }
}
