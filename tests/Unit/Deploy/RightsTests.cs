using System.Text.Json.Nodes;

namespace Sightline.Unit.Deploy;

/// <summary>Who may do what in the stack: everything by name, and nothing that is not needed.</summary>
public sealed class RightsTests
{
    private const string Thing = "${iot:Connection.Thing.ThingName}";

    private static readonly string[] WideResources =
    [
        // Objects below a prefix of their own; their keys have a hash, a date or a version in them: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
        "${Bucket.Arn}/gallery/*",
        "${Bucket.Arn}/models/*",
        "${Bucket.Arn}/archive/*",
        "${Bucket.Arn}/com.sightline.Core/*",
        // A group for each component of a core: https://docs.aws.amazon.com/greengrass/v2/developerguide/log-manager-component.html
        "logs:log-group:/aws/greengrass/*",
        // Topics below one that is named; a core's are those of all devices: https://docs.aws.amazon.com/iot/latest/developerguide/pub-sub-policy.html
        $"iot:topic/clients/{Thing}/*",
        $"iot:topicfilter/clients/{Thing}/*",
        "iot:topic/clients/*",
        "iot:topic/clients/*/*",
    ];

    /// <summary>Every policy of the template, by the resource it stands in.</summary>
    private static readonly (string Of, JsonNode Statement)[] Statements =
    [
        .. from resource in Template.Resources
           from document in Documents(resource.Value!["Properties"])
           from statement in Template.All(document["Statement"])
           select (resource.Key, statement),
    ];

    [Fact]
    public void No_action_that_is_allowed_has_a_wildcard()
    {
        Assert.NotEmpty(Statements);
        Assert.All(Statements.Where(one => IsAllowed(one.Statement)), one => Assert.All(Actions(one.Statement), action => Assert.DoesNotContain('*', action)));
        Assert.All(Statements, one => Assert.Null(one.Statement["NotAction"] ?? one.Statement["NotResource"] ?? one.Statement["NotPrincipal"]));
    }

    [Fact]
    public void A_resource_is_named_and_each_exception_is_one_that_is_known()
    {
        var wide = Statements.Where(one => IsAllowed(one.Statement)).SelectMany(one => Resources(one.Statement)).Where(resource => resource.Contains('*', StringComparison.Ordinal)).ToHashSet();
        Assert.Equal(WideResources.Order(StringComparer.Ordinal), wide.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Roles_are_taken_by_one_service_each()
    {
        Assert.Equal("lambda.amazonaws.com", Trusted("RecognizerRole"));
        Assert.Equal("credentials.iot.amazonaws.com", Trusted("TokenExchangeRole"));
        Assert.Equal(2, Template.Named("AWS::IAM::Role").Count());
        // No policy of AWS's own, which may all sorts of things: only that of the template.
        Assert.Equal("CoreAccess", (string?)Assert.Single(Template.Of("TokenExchangeRole")["ManagedPolicyArns"]!.AsArray())!["Ref"]);
        Assert.Null(Template.Of("RecognizerRole")["ManagedPolicyArns"]);

        static string? Trusted(string role) => (string?)Assert.Single(Template.Of(role)["AssumeRolePolicyDocument"]!["Statement"]!.AsArray())!["Principal"]!["Service"];
    }

    [Fact]
    public void The_function_may_what_it_calls_and_what_its_event_source_mapping_calls_for_it() => Assert.Equal(
        [
            "RequestQueue.Arn: sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage",
            "ResponseQueue.Arn: sqs:GetQueueAttributes sqs:GetQueueUrl sqs:SendMessage",
            "${Bucket.Arn}/gallery/* ${Bucket.Arn}/models/*: s3:GetObject",
            "Bucket.Arn: s3:ListBucket",
            "RecognizerLog.Arn: logs:CreateLogStream logs:PutLogEvents",
        ],
        RightsOf("RecognizerRole").Skip(1)); // the first says who takes the role

    [Fact]
    public void Where_there_is_an_archive_function_and_cores_may_put_into_it_and_else_nobody()
    {
        Assert.Equal(["${Bucket.Arn}/archive/*: s3:AbortMultipartUpload s3:PutObject"], RightsOf("ArchiveAccess"));
        Assert.Equal(["${Bucket.Arn}/archive/*: s3:DeleteObject"], RightsOf("ArchiveTakeBack"));
        Assert.Equal(["RecognizerRole"], Template.Of("ArchiveTakeBack")["Roles"]!.AsArray().Select(role => (string?)role!["Ref"]));
        Assert.Equal("HasArchive", (string?)Template.Resources["ArchiveAccess"]!["Condition"]);
        Assert.Equal(["RecognizerRole", "TokenExchangeRole"], Template.Of("ArchiveAccess")["Roles"]!.AsArray().Select(role => (string?)role!["Ref"]));
        Assert.Equal(["ArchiveAccess"], Statements.Where(one => Actions(one.Statement).Contains("s3:PutObject") && Resources(one.Statement).Any(name => name.Contains("/archive/", StringComparison.Ordinal))).Select(one => one.Of));
    }

    [Fact]
    public void A_core_may_ask_and_take_answers() => Assert.Equal(
        [
            "RequestQueue.Arn: sqs:GetQueueAttributes sqs:GetQueueUrl sqs:SendMessage",
            "ResponseQueue.Arn: sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage sqs:SendMessage",
        ],
        RightsOf("CoreAccess"));

    [Fact]
    public void Who_enrols_may_publish_and_sweep_and_read_no_picture() => Assert.Equal(
        [
            "${Bucket.Arn}/gallery/*: s3:AbortMultipartUpload s3:DeleteObject s3:PutObject",
            "Bucket.Arn: s3:ListBucket",
            "${Bucket.Arn}/archive/*: s3:DeleteObject",
        ],
        RightsOf("GalleryAccess"));

    [Fact]
    public void A_device_publishes_on_its_own_topic_and_reads_below_it_and_nothing_else()
    {
        Assert.Equal(
            [$"iot:client/{Thing}: iot:Connect", $"iot:topic/clients/{Thing}: iot:Publish", $"iot:topic/clients/{Thing}/*: iot:Receive", $"iot:topicfilter/clients/{Thing}/*: iot:Subscribe"],
            RightsOf("DevicePolicy"));
        Assert.Equal("true", (string?)Template.Of("DevicePolicy")["PolicyDocument"]!["Statement"]![0]!["Condition"]!["Bool"]!["iot:Connection.Thing.IsAttached"]);
    }

    [Fact]
    public void A_core_at_IoT_Core_reads_frames_and_publishes_below_devices_topics() => Assert.Equal(
        [$"iot:client/{Thing}: iot:Connect", "iot:topicfilter/clients/+: iot:Subscribe", "iot:topic/clients/*: iot:Receive", "iot:topic/clients/*/*: iot:Publish"],
        RightsOf("CorePolicy"));

    [Fact]
    public void A_Greengrass_core_may_take_the_role_of_its_alias_and_no_other()
    {
        Assert.Equal(["RoleAlias.RoleAliasArn: iot:AssumeRoleWithCertificate"], RightsOf("TokenExchangePolicy"));
        Assert.Equal("TokenExchangeRole.Arn", (string?)Template.Of("RoleAlias")["RoleArn"]!["Fn::GetAtt"]);
    }

    [Fact]
    public void The_bucket_is_refused_to_whoever_comes_without_TLS()
    {
        var statement = Assert.Single(Statements, one => one.Of == "BucketPolicy").Statement;
        Assert.Equal(("Deny", "*", "false"), ((string?)statement["Effect"], (string?)statement["Principal"], (string?)statement["Condition"]!["Bool"]!["aws:SecureTransport"]));
    }

    private static IEnumerable<string> RightsOf(string resource) => Statements.Where(one => one.Of == resource)
        .Select(one => $"{string.Join(' ', Resources(one.Statement))}: {string.Join(' ', Actions(one.Statement).Order(StringComparer.Ordinal))}");

    private static bool IsAllowed(JsonNode statement) => (string?)statement["Effect"] == "Allow";

    private static IEnumerable<string> Actions(JsonNode statement) => Template.All(statement["Action"]).Select(action => action.GetValue<string>());

    /// <summary>An ARN without its account and region: <c>iot:topic/clients/*</c>.</summary>
    private static IEnumerable<string> Resources(JsonNode statement) => Template.All(statement["Resource"]).Select(resource => resource is JsonObject made
        ? ((string?)(made["Fn::GetAtt"] ?? made["Ref"] ?? made["Fn::Sub"]))!
            .Replace("arn:${AWS::Partition}:", "", StringComparison.Ordinal).Replace("${AWS::Region}:${AWS::AccountId}:", "", StringComparison.Ordinal).Replace("${!", "${", StringComparison.Ordinal)
        : resource.GetValue<string>());

    private static IEnumerable<JsonNode> Documents(JsonNode? node) => node switch
    {
        JsonObject made when made["Statement"] is not null => [made],
        JsonObject made => made.SelectMany(property => Documents(property.Value)),
        JsonArray list => list.SelectMany(Documents),
        _ => [],
    };
}
