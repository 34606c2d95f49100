using System.Buffers.Binary;
using System.Numerics;

namespace Sightline.Faces.Checkpoints;

/// <summary>
/// PyTorch's container before version 1.6: five pickles (magic, protocol, system, the object, the storage keys) and then
/// each storage as its element count (int64) and its raw values, in the order of the keys
/// (github.com/pytorch/pytorch, torch/serialization.py, _legacy_save).
/// </summary>
internal static class LegacyContainer
{
    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c", System.Globalization.NumberStyles.HexNumber);
    private const long Protocol = 1001;

    public static Dictionary<string, TensorView> Read(ReadOnlyMemory<byte> file)
    {
        if (file.Span.StartsWith("PK"u8))
            throw new InvalidDataException("a zip container (PyTorch 1.6 and later), wanted the legacy one: save it with _use_new_zipfile_serialization=False");
        var pickle = new PickleReader(file);
        if (pickle.Read("magic number") is not BigInteger magic || magic != Magic)
            throw new InvalidDataException("not a PyTorch file in the legacy container: it does not start with the magic number 0x1950a86a20f9469cfc6c");
        if (pickle.Read("protocol version") is not long protocol || protocol != Protocol)
            throw new InvalidDataException($"not protocol version {Protocol} of the legacy container");
        if (pickle.Read("system information") is not Dictionary<string, object?> system || system.GetValueOrDefault("little_endian") is not true)
            throw new InvalidDataException("system information does not say little_endian: true; files of big-endian machines are not read");

        var views = Views(pickle.Read("state dictionary"));
        if (pickle.Read("storage keys") is not List<object?> keys)
            throw new InvalidDataException("the list of storage keys is missing");
        ReadStorages(file[pickle.Position..], keys, pickle.Storages);

        foreach (var (name, view) in views)
        {
            if (!view.Storage.Filled)
                throw new InvalidDataException($"tensor {name}: its storage {view.Storage.Key} is not in the file");
        }
        return views;
    }

    /// <summary>The tensors of the object itself, or of its <c>state_dict</c> where a training script wrapped it.</summary>
    private static Dictionary<string, TensorView> Views(object? root)
    {
        if (root is Dictionary<string, object?> outer && outer.TryGetValue("state_dict", out var nested)) root = nested;
        if (root is not Dictionary<string, object?> entries)
            throw new InvalidDataException("got no dictionary of tensors, wanted a state dictionary (or one under the key state_dict)");
        return entries.ToDictionary(
            entry => entry.Key,
            entry => entry.Value as TensorView
                ?? throw new InvalidDataException($"entry {entry.Key} is no tensor; wanted a state dictionary (or one under the key state_dict)"),
            StringComparer.Ordinal);
    }

    private static void ReadStorages(ReadOnlyMemory<byte> rest, List<object?> keys, IReadOnlyDictionary<string, Storage> storages)
    {
        foreach (var key in keys)
        {
            if (key is not string name || !storages.TryGetValue(name, out var storage))
                throw new InvalidDataException($"storage {key} belongs to no tensor");
            if (rest.Length < sizeof(long))
                throw new InvalidDataException($"truncated before the size of storage {name}");
            var count = BinaryPrimitives.ReadInt64LittleEndian(rest.Span);
            if (count != storage.Count)
                throw new InvalidDataException($"storage {name} holds {count} values, the state dictionary says {storage.Count}");
            rest = rest[sizeof(long)..];
            var bytes = checked(count * storage.Type.Bytes);
            if (bytes < 0 || rest.Length < bytes)
                throw new InvalidDataException($"truncated in storage {name}: wanted {bytes} bytes for {count} {storage.Type.Name} values, {rest.Length} are left");
            storage.Fill(rest[..(int)bytes]);
            rest = rest[(int)bytes..];
        }
    }
}
