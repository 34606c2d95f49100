using Sightline.Faces.Checkpoints;

namespace Sightline.Faces.FaceNet;

/// <summary>One place of a list of embeddings and names.</summary>
/// <param name="Place">In both lists, from 1.</param>
/// <param name="Name">As it stands there; empty where it is no text.</param>
/// <param name="Values">Finite and not all zero; empty where there is a problem.</param>
/// <param name="Problem">What is wrong with it and what was wanted; null where nothing is.</param>
public sealed record NamedEmbedding(int Place, string Name, float[] Values, string? Problem);

/// <summary>
/// The gallery that users of facenet-pytorch keep, <c>torch.save([embedding_list, name_list], 'data.pt')</c>: tensors and names that belong
/// together by their place. A name stands there as often as there are photographs of that person.
/// </summary>
public static class EmbeddingList
{
    private const string What = "list of embeddings and names";
    private const string Wanted = "wanted two lists of the same length, as torch.save([embedding_list, name_list], 'data.pt') writes them";

    /// <param name="file">Named in errors.</param>
    /// <param name="bytes">All of it, in either of PyTorch's containers; nothing in it is ever executed.</param>
    /// <param name="dimensions">How many values an embedding has, as a row of a matrix or alone.</param>
    /// <returns>All places; those that are of no use say why.</returns>
    /// <exception cref="InvalidDataException">It is no such file, so that nothing in it can be told apart: what it is, where, and what was wanted.</exception>
    public static IReadOnlyList<NamedEmbedding> Read(string file, ReadOnlyMemory<byte> bytes, int dimensions) => Container.Read(file, bytes, What, root =>
    {
        var (embeddings, names) = Parts(root);
        if (embeddings.Count != names.Count) throw new InvalidDataException($"got {embeddings.Count} embeddings and {names.Count} names; {Wanted}: they belong together by their place, so no name of these can be trusted");
        if (names.Count == 0) throw new InvalidDataException($"got two empty lists; {Wanted}");
        return embeddings.Zip(names, (embedding, name) => (embedding, name)).Select((pair, i) => Entry(i + 1, pair.embedding, pair.name, dimensions)).ToList();
    });

    private static (IReadOnlyList<object?> Embeddings, IReadOnlyList<object?> Names) Parts(object? root) => Sequence(root) switch
    {
        [var first, var second] when Sequence(first) is { } embeddings && Sequence(second) is { } names => (embeddings, names),
        { } parts => throw new InvalidDataException($"got a list of {parts.Count} parts ({string.Join(", ", parts.Take(4).Select(Kind))}{(parts.Count > 4 ? "…" : "")}); {Wanted}"),
        null => throw new InvalidDataException($"got {Kind(root)}; {Wanted}"),
    };

    private static NamedEmbedding Entry(int place, object? embedding, object? name, int dimensions)
    {
        if (name is not string text) return new(place, "", [], $"its name is {Kind(name)}, wanted a text");
        try
        {
            var values = Values(place, embedding, dimensions);
            return Problem(values) is { } problem ? new(place, text, [], problem) : new(place, text, values, null);
        }
        catch (InvalidDataException wrong)
        {
            return new(place, text, [], wrong.Message);
        }
        catch (OverflowException)
        {
            return new(place, text, [], "a size in it is beyond all bounds");
        }
    }

    private static float[] Values(int place, object? embedding, int dimensions)
    {
        if (embedding is not TensorView view) throw new InvalidDataException($"got {Kind(embedding)}, wanted a tensor");
        // Before anything is gathered: a small file can announce any shape.
        var length = view.Shape switch { [var alone] => alone, [1, var row] => row, _ => -1 };
        if (length != dimensions) throw new InvalidDataException($"got shape {Tensor.Text(view.Shape)}, wanted [1, {dimensions}] or [{dimensions}]");
        return Tensor.Of($"{place}", view).Floats();
    }

    private static string? Problem(float[] values)
    {
        var wrong = Array.FindIndex(values, value => !float.IsFinite(value));
        if (wrong >= 0) return $"value {wrong + 1} of {values.Length} is {(float.IsNaN(values[wrong]) ? "not a number" : "infinite")}, wanted finite ones";
        return values.AsSpan().ContainsAnyExcept(0f) ? null : $"all {values.Length} values are zero, wanted a direction";
    }

    private static IReadOnlyList<object?>? Sequence(object? value) => value switch
    {
        List<object?> list => list,
        object?[] tuple => tuple,
        _ => null,
    };

    private static string Kind(object? value) => value switch
    {
        null => "None",
        string => "a text",
        bool => "a truth value",
        long or double or System.Numerics.BigInteger => "a number",
        TensorView view => $"a tensor of shape {Tensor.Text(view.Shape)}",
        Dictionary<string, object?> => "a dictionary",
        _ when Sequence(value) is { } list => $"a list of {list.Count}",
        _ => "something else",
    };
}
