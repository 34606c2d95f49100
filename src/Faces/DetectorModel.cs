namespace Sightline.Faces;

/// <summary>One set of weights for MTCNN's three networks.</summary>
public sealed record DetectorModel
{
    public const string BuiltinName = "builtin";

    /// <summary>As the user knows it, lower case.</summary>
    public required string Name { get; init; }

    /// <summary>Whose weights they are, for people who read it.</summary>
    public required string Source { get; init; }

    public required Weights PNet { get; init; }
    public required Weights RNet { get; init; }
    public required Weights ONet { get; init; }

    public IReadOnlyList<Weights> Files => [PNet, RNet, ONet];

    /// <summary>facenet-pytorch's weights: https://github.com/timesler/facenet-pytorch/tree/master/data.</summary>
    public static DetectorModel Mtcnn { get; } = new()
    {
        Name = "mtcnn",
        Source = "facenet-pytorch",
        PNet = Weights.Published("assets/pnet.pt"),
        RNet = Weights.Published("assets/rnet.pt"),
        ONet = Weights.Published("assets/onet.pt"),
    };

    /// <summary>Our own, trained on people who do not exist (Builtin/README.md): nothing to fetch, and for trying things out.</summary>
    public static DetectorModel Builtin => field ??= new()
    {
        Name = BuiltinName,
        Source = "trained on synthetic people only",
        PNet = Weights.BuiltIn("pnet.pt"),
        RNet = Weights.BuiltIn("rnet.pt"),
        ONet = Weights.BuiltIn("onet.pt"),
    };
}
