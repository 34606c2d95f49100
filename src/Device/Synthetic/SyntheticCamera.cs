using System.Collections.Concurrent;
using System.Numerics;
using Sightline.Faces;

namespace Sightline.Device.Synthetic;

/// <summary>
/// A camera before which people walk who do not exist. Frame n of the same options is the same picture everywhere (to one grey level).
/// Rendering may be asked for from several threads; a person is made on first sight (some tenths of a second) and kept.
/// </summary>
public sealed class SyntheticCamera
{
    // 45 degrees across, as webcams see; but nobody comes nearer than 70 cm, where faces begin to look like balloons.
    private const float FocalPerWidth = 1.2f, FocalPerFace = 4.4f;

    private readonly SyntheticPeople _people;
    private readonly ConcurrentBag<Portrait> _portraits = [];
    private readonly ConcurrentBag<LightField> _fields = [];
    private readonly SyntheticOptions _options;
    private readonly Pinhole _pinhole;

    /// <param name="options">What it sees.</param>
    /// <param name="people">Who is remembered; cameras that see the same people may share them.</param>
    public SyntheticCamera(SyntheticOptions options, SyntheticPeople? people = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Width, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Height, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.People + options.Strangers, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.FewestFaces);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MostFaces, options.FewestFaces);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.LargestFace, options.SmallestFace);
        _options = options;
        _people = people ?? new();
        _pinhole = new(MathF.Max(options.Width * FocalPerWidth, options.LargestFace * FocalPerFace), options.Width / 2f, options.Height / 2f);
    }

    /// <param name="number">0 or more; who is in which frame goes in rounds, so that everybody comes equally often.</param>
    /// <param name="device">0 sees what the options' seed shows; each other one has a seed of its own, and the people are rendered from one memory.</param>
    public SyntheticFrame Render(long number, int device = 0)
    {
        var scene = Scene.Plan(_options, _pinhole, number, device);
        if (!_fields.TryTake(out var frame)) frame = new(_options.Width, _options.Height);
        Backdrop.Paint(frame, Dice.For(scene.Chance, 1));
        if (!_portraits.TryTake(out var portrait)) portrait = new();
        var faces = new List<SyntheticFace>();
        foreach (var role in scene.Roles)
        {
            var person = _people.Meet(role.Person);
            var (landmarks, box) = portrait.Draw(frame, _pinhole, person.Head, person.Body, role.Stance, role.Expression, role.Outfit, scene.Light);
            if (role.Occluded) Occluder.Draw(frame, role.Stance, -_pinhole.Focal / role.Stance.Face.Z, _pinhole.See(role.Stance.Face), person.Traits.Skin, scene.Light, new Dice(role.Chance));
            // Who was drawn before stands behind, and may now be hidden.
            for (var i = 0; i < faces.Count; i++)
                if (faces[i].Fit && Hides(box, faces[i].Box)) faces[i] = faces[i] with { Fit = false };
            faces.Add(Told(role, person, landmarks, box, scene.Blurred));
        }
        _portraits.Add(portrait);
        var lens = scene.Lens with { Exposure = scene.Lens.Exposure * Metered(scene) };
        var picture = lens.Take(frame, Dice.For(scene.Chance, 2));
        _fields.Add(frame);
        return new(number, picture, faces, scene.JpegQuality);
    }

    private SyntheticFace Told(Role role, SyntheticPerson person, Landmarks landmarks, Box box, bool blurred)
    {
        const float degrees = 180 / MathF.PI, most = 30, smallest = 48;
        float yaw = role.Stance.Yaw * degrees, pitch = role.Stance.Pitch * degrees, roll = role.Stance.Roll * degrees;
        var whole = box is { X1: >= 0, Y1: >= 0 } && box.X2 <= _options.Width && box.Y2 <= _options.Height;
        var facing = MathF.Abs(yaw) <= most && MathF.Abs(pitch) <= most && MathF.Abs(roll) <= most;
        return new(role.Person, person.Name, role.Stranger, box, landmarks, whole && facing && !blurred && !role.Occluded && box.Height >= smallest, yaw, pitch, roll);
    }

    /// <summary>Whether somebody whose face is in <paramref name="near"/> stands, with hair and shoulders, before a face behind.</summary>
    private static bool Hides(Box near, Box behind)
    {
        float hair = near.Width * .3f, shoulders = near.Width * .9f;
        return behind.Overlap(new Box(near.X1 - hair, near.Y1 - hair, near.X2 + hair, near.Y2)) > 0
            || behind.Overlap(new Box(near.X1 - shoulders, near.Y2, near.X2 + shoulders, near.Y2 + 10_000)) > 0;
    }

    /// <summary>Cameras expose for the faces before them: dark skin gets up to twice the light, pale skin a little less.</summary>
    private float Metered(Scene scene)
    {
        if (scene.Roles.Count == 0) return 1;
        var light = scene.Roles.Average(role => Vector3.Dot(_people.Meet(role.Person).Traits.Skin.Tone, new(.3f, .6f, .1f)));
        return light < .25f ? 1 / Smooth.Power(light / .25f, .375f) : Smooth.Power(.25f / light, .125f);
    }
}
