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

    /// <summary>The object, every storage that it names filled.</summary>
    /// <param name="file">All of it.</param>
    /// <param name="what">What the object should be, for errors.</param>
    public static object? Read(ReadOnlyMemory<byte> file, string what)
    {
        var pickle = new PickleReader(file);
        if (file.Span is not [0x80, ..] || pickle.Read("magic number") is not BigInteger magic || magic != Magic)
            throw new InvalidDataException("not a PyTorch file: neither a zip container nor the legacy one, which starts with the magic number 0x1950a86a20f9469cfc6c");
        if (pickle.Read("protocol version") is not long protocol || protocol != Protocol)
            throw new InvalidDataException($"not protocol version {Protocol} of the legacy container");
        if (pickle.Read("system information") is not Dictionary<string, object?> system || system.GetValueOrDefault("little_endian") is not true)
            throw new InvalidDataException("system information does not say little_endian: true; files of big-endian machines are not read");

        var root = pickle.Read(what);
        if (pickle.Read("storage keys") is not List<object?> keys)
            throw new InvalidDataException("the list of storage keys is missing");
        ReadStorages(file[pickle.Position..], keys, pickle.Storages);
        if (pickle.Storages.Values.FirstOrDefault(storage => !storage.Filled) is { } empty)
            throw new InvalidDataException($"storage {empty.Key} is not in the file");
        return root;
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
                throw new InvalidDataException($"storage {name} holds {count} values, its tensors say {storage.Count}");
            rest = rest[sizeof(long)..];
            var bytes = checked(count * storage.Type.Bytes);
            if (bytes < 0 || rest.Length < bytes)
                throw new InvalidDataException($"truncated in storage {name}: wanted {bytes} bytes for {count} {storage.Type.Name} values, {rest.Length} are left");
            storage.Fill(rest[..(int)bytes]);
            rest = rest[(int)bytes..];
        }
    }
}
