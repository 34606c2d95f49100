using System.Collections.Concurrent;

namespace Sightline.Device.Synthetic;

/// <summary>
/// A camera before which people walk who do not exist. Frame n of the same options is the same picture everywhere (to one grey level).
/// Rendering may be asked for from several threads; a person is made on first sight (some tenths of a second) and kept.
/// </summary>
public sealed class SyntheticCamera
{
    // 45 degrees across, as webcams see; but nobody comes nearer than 70 cm, where faces begin to look like balloons.
    private const float FocalPerWidth = 1.2f, FocalPerFace = 4.4f;

    private readonly ConcurrentDictionary<ulong, SyntheticPerson> _people = new();
    private readonly ConcurrentBag<Portrait> _portraits = [];
    private readonly SyntheticOptions _options;
    private readonly Pinhole _pinhole;

    public SyntheticCamera(SyntheticOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Width, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Height, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.People + options.Strangers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MostFaces, options.FewestFaces);
        _options = options;
        _pinhole = new(MathF.Max(options.Width * FocalPerWidth, options.LargestFace * FocalPerFace), options.Width / 2f, options.Height / 2f);
    }

    /// <param name="number">0 or more.</param>
    public SyntheticFrame Render(long number)
    {
        var scene = Scene.Plan(_options, _pinhole, number);
        var frame = new LightField(_options.Width, _options.Height);
        Backdrop.Paint(frame, Dice.For(scene.Chance, 1));
        if (!_portraits.TryTake(out var portrait)) portrait = new();
        var faces = new List<SyntheticFace>();
        foreach (var role in scene.Roles)
        {
            var person = _people.GetOrAdd(role.Person, SyntheticPerson.FromSeed);
            var (landmarks, box) = portrait.Draw(frame, _pinhole, person.Head, person.Body, role.Stance, role.Expression, role.Outfit, scene.Light);
            const float degrees = 180 / MathF.PI;
            var whole = box is { X1: >= 0, Y1: >= 0 } && box.X2 <= frame.Width && box.Y2 <= frame.Height;
            float yaw = role.Stance.Yaw * degrees, pitch = role.Stance.Pitch * degrees, roll = role.Stance.Roll * degrees;
            var fit = whole && !scene.Blurred && !role.Occluded && box.Height >= 48 && MathF.Abs(yaw) <= 30 && MathF.Abs(pitch) <= 30 && MathF.Abs(roll) <= 30;
            faces.Add(new(role.Person, person.Name, role.Stranger, box, landmarks, fit, yaw, pitch, roll));
        }
        _portraits.Add(portrait);
        return new(number, scene.Lens.Take(frame, Dice.For(scene.Chance, 2)), faces, scene.JpegQuality);
    }
}
