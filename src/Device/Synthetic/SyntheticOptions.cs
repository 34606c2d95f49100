namespace Sightline.Device.Synthetic;

/// <summary>What the synthetic camera sees. The defaults are a webcam in a room: one of twelve people, looking more or less at it.</summary>
public sealed record SyntheticOptions
{
    public int Width { get; init; } = 640;
    public int Height { get; init; } = 480;

    /// <summary>Chooses the frames; people are chosen by <see cref="FirstPerson"/>.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>People with the seeds FirstPerson, FirstPerson + 1 and so on come before the camera in turn.</summary>
    public int People { get; init; } = 12;
    public ulong FirstPerson { get; init; }

    /// <summary>Others, who are nobody's acquaintances; their seeds begin at <see cref="FirstStranger"/>.</summary>
    public int Strangers { get; init; }
    public ulong FirstStranger { get; init; } = 1_000_000;

    /// <summary>How many people stand in a frame: between these.</summary>
    public int FewestFaces { get; init; } = 1;
    public int MostFaces { get; init; } = 1;

    /// <summary>Height of a face, middle of the forehead to chin, in pixels: between these.</summary>
    public float SmallestFace { get; init; } = 140;
    public float LargestFace { get; init; } = 220;

    /// <summary>The head turns by at most this many degrees to either side, and nods and tilts by half of it.</summary>
    public float Turn { get; init; } = 20;

    /// <summary>0: a straight face with open eyes; 1: smiles, talks, blinks and looks about.</summary>
    public float Liveliness { get; init; } = 1;

    /// <summary>0: soft light from the front; 1: lamps from all sides, warm and cold.</summary>
    public float LightChange { get; init; } = 1;

    /// <summary>Share of the faces with something in front of them.</summary>
    public float OcclusionRate { get; init; }

    /// <summary>Share of the frames that are out of focus so far that nobody should be named.</summary>
    public float BlurRate { get; init; }

    /// <summary>Share of the frames without anybody.</summary>
    public float EmptyRate { get; init; }

    /// <summary>One person alone, sitting for a photograph to be enrolled by: near, in even light, looking into the camera.</summary>
    public static SyntheticOptions Enrolling(ulong person) => new()
    {
        Seed = 3,
        People = 1,
        FirstPerson = person,
        Turn = 5,
        Liveliness = .2f,
        LightChange = .3f,
        SmallestFace = 190,
        LargestFace = 210,
    };
}
