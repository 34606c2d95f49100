namespace Sightline.Wire;

/// <summary>Who reads the response queue: SQS hands each message to one reader (docs/wire.md). The device follows the core's choice.</summary>
public enum AnswerPath
{
    /// <summary>The core drains it and publishes each answer to its device: any number of devices.</summary>
    Mqtt,

    /// <summary>The device polls it; the core puts its own answers (No-Face, Bad-Image) there too. One device.</summary>
    Sqs,
}
