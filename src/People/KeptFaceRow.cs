using System.Numerics;
using Microsoft.Data.Sqlite;
using Sightline.Faces;

namespace Sightline.People;

/// <summary>A kept face as the table photos holds it: jpeg, landmarks (x, y five times), box (x1, y1, x2, y2).</summary>
internal static class KeptFaceRow
{
    public static KeptFace Read(SqliteDataReader row)
    {
        var points = Sql.FromBlob((byte[])row[1], 10, "a photograph's landmarks");
        var box = Sql.FromBlob((byte[])row[2], 4, "a photograph's box");
        var landmarks = new Vector2[5];
        for (var i = 0; i < landmarks.Length; i++) landmarks[i] = new(points[2 * i], points[2 * i + 1]);
        return new((byte[])row[0], Landmarks.From(landmarks), new(box[0], box[1], box[2], box[3]));
    }

    public static byte[] Points(Landmarks landmarks)
    {
        var values = new float[10];
        var points = landmarks.ToArray();
        for (var i = 0; i < points.Length; i++) (values[2 * i], values[2 * i + 1]) = (points[i].X, points[i].Y);
        return Sql.ToBlob(values);
    }

    public static byte[] Corners(Box box) => Sql.ToBlob([box.X1, box.Y1, box.X2, box.Y2]);
}
