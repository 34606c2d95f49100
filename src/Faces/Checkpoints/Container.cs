namespace Sightline.Faces.Checkpoints;

/// <summary>What torch.save wrote, in whichever of its two containers. Files are only ever data here: nothing in them is executed.</summary>
internal static class Container
{
    /// <param name="file">Named in errors.</param>
    /// <param name="bytes">The whole file, which the tensors go on reading from.</param>
    /// <param name="what">What the file should hold, for errors.</param>
    /// <param name="make">Of the object, its storages filled.</param>
    /// <exception cref="InvalidDataException">Truncated, not PyTorch's, or holding what is not read; says what and where.</exception>
    public static T Read<T>(string file, ReadOnlyMemory<byte> bytes, string what, Func<object?, T> make)
    {
        try
        {
            return make(ZipContainer.IsOne(bytes.Span) ? ZipContainer.Read(bytes, what) : LegacyContainer.Read(bytes, what));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException($"{file}: a size in it is beyond all bounds", e);
        }
    }
}
