namespace Sightline.Broker.Sqs;

/// <summary>
/// An error in Amazon's form. AWS JSON carries the shape's name in <c>__type</c>; clients that were written for the older query
/// protocol go by the code in the header <c>x-amzn-query-error</c>
/// (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait). Shapes and codes:
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html and each operation's page.
/// </summary>
internal sealed record SqsError(string Type, string QueryCode, string Message, int Status = 400)
{
    private const string Shapes = "com.amazonaws.sqs#";
    private const string Coral = "com.amazon.coral.service#";
    private const string Old = "AWS.SimpleQueueService.";

    /// <summary>Whose it is, in the query protocol's words.</summary>
    public string Fault => Status < 500 ? "Sender" : "Receiver";

    public static SqsError QueueDoesNotExist { get; } =
        new(Shapes + "QueueDoesNotExist", Old + "NonExistentQueue", "The specified queue does not exist.");

    public static SqsError QueueNameExists(string name, string attribute) =>
        new(Shapes + "QueueNameExists", "QueueAlreadyExists",
            $"A queue named {name} already exists with a different value for attribute {attribute}.");

    public static SqsError ReceiptHandleIsInvalid(string why) =>
        new(Shapes + "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", $"The input receipt handle is invalid: {why}.");

    public static SqsError MessageNotInflight { get; } =
        new(Shapes + "MessageNotInflight", Old + "MessageNotInflight",
            "The message is not in flight: it was deleted, or its visibility timeout has run out.");

    public static SqsError EmptyBatch { get; } =
        new(Shapes + "EmptyBatchRequest", Old + "EmptyBatchRequest", "There should be at least one entry in the request.");

    public static SqsError TooManyEntries(int got) =>
        new(Shapes + "TooManyEntriesInBatchRequest", Old + "TooManyEntriesInBatchRequest",
            $"Maximum number of entries per request are {Limits.Batch}. You have sent {got}.");

    public static SqsError IdsNotDistinct(string id) =>
        new(Shapes + "BatchEntryIdsNotDistinct", Old + "BatchEntryIdsNotDistinct", $"Id {id} repeated.");

    public static SqsError InvalidBatchEntryId(string? id) =>
        new(Shapes + "InvalidBatchEntryId", Old + "InvalidBatchEntryId",
            $"A batch entry id is 1 to 80 letters, digits, hyphens and underscores, got '{id}'.");

    public static SqsError BatchRequestTooLong(long bytes) =>
        new(Shapes + "BatchRequestTooLong", Old + "BatchRequestTooLong",
            $"Batch requests cannot be longer than {Limits.MessageBytes} bytes. You have sent {bytes} bytes.");

    public static SqsError InvalidMessageContents(string where) =>
        new(Shapes + "InvalidMessageContents", "InvalidMessageContents",
            $"{where} has characters outside the allowed set #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.");

    public static SqsError InvalidAttributeName(string message) =>
        new(Shapes + "InvalidAttributeName", "InvalidAttributeName", message);

    public static SqsError InvalidAttributeValue(string message) =>
        new(Shapes + "InvalidAttributeValue", "InvalidAttributeValue", message);

    public static SqsError InvalidAddress(string got) =>
        new(Shapes + "InvalidAddress", "InvalidAddress",
            $"The address {got} is not valid for this endpoint: wanted a queue URL as CreateQueue and GetQueueUrl return it.");

    public static SqsError OverLimit(string message) => new(Shapes + "OverLimit", "OverLimit", message);

    /// <summary>404, and a code that ends as no other does: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html</summary>
    public static SqsError ResourceNotFound(string message) => new(Shapes + "ResourceNotFoundException", "ResourceNotFoundException", message, 404);

    public static SqsError NoSuchTask { get; } = ResourceNotFound("Task does not exist.");

    public static SqsError Throttled(string message) => new(Shapes + "RequestThrottled", "RequestThrottled", message);

    public static SqsError Unsupported(string message) => new(Shapes + "UnsupportedOperation", Old + "UnsupportedOperation", message);

    // The common errors are of the service framework, not of SQS's own model: hence the other namespace.
    public static SqsError Missing(string parameter) =>
        new(Coral + "MissingRequiredParameterException", "MissingParameter", $"The request must contain the parameter {parameter}.");

    public static SqsError Invalid(string message) => new(Coral + "InvalidParameterValueException", "InvalidParameterValue", message);

    public static SqsError UnknownOperation(string? target) =>
        new(Coral + "UnknownOperationException", "InvalidAction", $"The operation '{target}' is not one of SQS's.");

    public static SqsError MissingAction { get; } =
        new(Coral + "UnknownOperationException", "MissingAction", "The request must contain the parameter Action.");

    public static SqsError NeitherProtocol(string? contentType) =>
        new(Coral + "UnknownOperationException", "MissingAction", $"The request names no operation and its Content-Type is '{contentType}': " +
            "wanted a POST with the header X-Amz-Target (AWS JSON 1.0), or with the Content-Type application/x-www-form-urlencoded and the parameter Action (the query protocol).");

    public static SqsError Malformed(string message) => new(Coral + "SerializationException", "MalformedInput", message);

    public static SqsError MissingAuthenticationToken { get; } =
        new(Coral + "MissingAuthenticationTokenException", "MissingAuthenticationToken", "Request is missing Authentication Token: this endpoint takes signed requests only.", 403);

    public static SqsError IncompleteSignature(string why) => new(Coral + "IncompleteSignatureException", "IncompleteSignature", why, 403);

    public static SqsError InvalidClientTokenId { get; } =
        new(Coral + "UnrecognizedClientException", "InvalidClientTokenId", "The access key id of the request is not one of this endpoint's keys.", 403);

    public static SqsError SignatureDoesNotMatch(string why) => new(Coral + "InvalidSignatureException", "SignatureDoesNotMatch", why, 403);

    public static SqsError RequestExpired(string why) => new(Coral + "RequestExpired", "RequestExpired", why);

    public static SqsError TooLarge(long limit) =>
        new(Coral + "RequestEntityTooLargeException", "RequestEntityTooLarge",
            $"The request's body is over {limit} bytes, more than a full batch takes.", 413);

    /// <summary>503, which every SDK tries again: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html</summary>
    public static SqsError Unavailable(string message) => new(Coral + "ServiceUnavailableException", "ServiceUnavailable", message, 503);

    public static SqsError Internal { get; } =
        new(Coral + "InternalFailure", "InternalFailure", "The endpoint failed on this request: its log says why.", 500);
}
