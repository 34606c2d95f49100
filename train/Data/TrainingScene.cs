using System.Numerics;
using Sightline.Faces;

namespace Sightline.Train.Data;

/// <summary>A face in a scene.</summary>
/// <param name="Person">Seed of who it is.</param>
/// <param name="Box">Middle of the forehead to chin, cheek to cheek.</param>
/// <param name="Landmarks">In pixels of the scene.</param>
/// <param name="Clear">False where a face is hidden, cut off or turned so far that it counts neither as found nor as false.</param>
internal sealed record FaceTruth(ulong Person, Box Box, Landmarks Landmarks, bool Clear)
{
    /// <summary>The square about the box: what the networks, which look at squares, should propose.</summary>
    public Box Square
    {
        get
        {
            var side = Math.Max(Box.Width, Box.Height);
            float x = (Box.X1 + Box.X2 - side) / 2, y = (Box.Y1 + Box.Y2 - side) / 2;
            return new(x, y, x + side, y + side);
        }
    }
}

/// <summary>Pixels and everything that is true about them.</summary>
internal sealed record TrainingScene(Picture Picture, IReadOnlyList<FaceTruth> Faces)
{
    public void Write(BinaryWriter writer, int jpegQuality)
    {
        var jpeg = ImageCodec.EncodeJpeg(Picture, jpegQuality);
        writer.Write(jpeg.Length);
        writer.Write(jpeg);
        writer.Write(Faces.Count);
        foreach (var face in Faces)
        {
            writer.Write(face.Person);
            writer.Write(face.Clear);
            foreach (var value in (ReadOnlySpan<float>)[face.Box.X1, face.Box.Y1, face.Box.X2, face.Box.Y2]) writer.Write(value);
            foreach (var point in face.Landmarks.ToArray())
            {
                writer.Write(point.X);
                writer.Write(point.Y);
            }
        }
    }

    public static TrainingScene Read(BinaryReader reader)
    {
        var jpeg = reader.ReadBytes(reader.ReadInt32());
        if (!ImageCodec.TryDecode(jpeg, out var picture, out var problem)) throw new InvalidDataException($"a scene's picture: {problem}");
        var faces = new FaceTruth[reader.ReadInt32()];
        for (var i = 0; i < faces.Length; i++)
        {
            var (person, clear) = (reader.ReadUInt64(), reader.ReadBoolean());
            var box = new Box(reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle());
            var points = new Vector2[5];
            for (var p = 0; p < points.Length; p++) points[p] = new(reader.ReadSingle(), reader.ReadSingle());
            faces[i] = new(person, box, Landmarks.From(points), clear);
        }
        return new(picture, faces);
    }
}
