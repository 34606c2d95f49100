using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Sightline.Faces.Checkpoints;

/// <summary>
/// Reads the pickles (protocol 2) of a state dictionary, or of a list of tensors and strings, and nothing else: dictionaries, lists, tuples,
/// numbers, strings, tensors and storages. A pickle can name any Python function; only the constructors in <see cref="Call"/> are known here,
/// and they build plain values.
/// </summary>
internal sealed class PickleReader(ReadOnlyMemory<byte> file)
{
    // All pickles of a file together. Each tensor takes some 130 bytes, so this is room for 30,000; and an empty dictionary takes one byte
    // there and 80 here, so that without a bound a file of 100 MB would ask for 8 GB.
    private const int LongestPickles = 4 * 1024 * 1024;

    // A name that is no text must not become another one: no character stands in for bytes that are none.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly object Mark = new();
    private readonly Dictionary<string, Storage> _storages = new(StringComparer.Ordinal);
    private readonly Dictionary<long, object?> _memo = [];
    private readonly List<object?> _stack = [];
    private string _what = "";

    /// <summary>Where the next pickle starts.</summary>
    public int Position { get; private set; }

    /// <summary>Every storage that a tensor named so far, by its key in the file.</summary>
    public IReadOnlyDictionary<string, Storage> Storages => _storages;

    private sealed record Name(string Full);

    /// <param name="what">What the pickle should hold, for errors.</param>
    public object? Read(string what)
    {
        _what = what;
        _stack.Clear();
        _memo.Clear();
        while (true)
        {
            var at = Position;
            var opcode = (char)Byte();
            if (opcode == '.') return Pop();
            if (!Simple(opcode) && !Collection(opcode)) throw Refused($"opcode {OpcodeNames.Of(opcode)} at byte {at}");
        }
    }

    private bool Simple(char opcode)
    {
        switch (opcode)
        {
            case '\x80': _ = Byte(); break;
            case 'N': Push(null); break;
            case '\x88': Push(true); break;
            case '\x89': Push(false); break;
            case 'K': Push((long)Byte()); break;
            case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
            case 'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
            case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case '\x8a': var value = new BigInteger(Bytes(Byte())); Push(value.GetBitLength() < 64 ? (long)value : value as object); break;
            case 'X': Push(Text(Bytes(BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))))); break;
            case 'q': _memo[Byte()] = Peek(); break;
            case 'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))] = Peek(); break;
            case 'h': Push(Recall(Byte())); break;
            case 'j': Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))); break;
            default: return false;
        }
        return true;
    }

    private bool Collection(char opcode)
    {
        switch (opcode)
        {
            case '(': Push(Mark); break;
            case '}': Push(new Dictionary<string, object?>(StringComparer.Ordinal)); break;
            case ']': Push(new List<object?>()); break;
            case ')': Push(Array.Empty<object?>()); break;
            case 't': Push(PopToMark()); break;
            case '\x85': Push(PopMany(1)); break;
            case '\x86': Push(PopMany(2)); break;
            case '\x87': Push(PopMany(3)); break;
            case 's': SetItems(PopMany(2)); break;
            case 'u': SetItems(PopToMark()); break;
            case 'a': Wanted<List<object?>>(Peek(1)).Add(PopMany(1)[0]); break;
            case 'e': var items = PopToMark(); Wanted<List<object?>>(Peek()).AddRange(items); break;
            case 'c': Push(new Name($"{Line()} {Line()}")); break;
            case 'R': var arguments = Wanted<object?[]>(Pop()); Push(Call(Wanted<Name>(Pop()), arguments)); break;
            case 'Q': Push(StorageOf(Wanted<object?[]>(Pop()))); break;
            // The state of an OrderedDict is the module versions that PyTorch keeps as _metadata; no number depends on it.
            case 'b': _ = Pop(); _ = Wanted<Dictionary<string, object?>>(Peek()); break;
            default: return false;
        }
        return true;
    }

    private object Call(Name constructor, object?[] arguments) => (constructor.Full, arguments) switch
    {
        ("collections OrderedDict", []) => new Dictionary<string, object?>(StringComparer.Ordinal),
        ("torch._utils _rebuild_tensor_v2", [Storage storage, long offset, object?[] shape, object?[] strides, bool, Dictionary<string, object?>])
            when shape.Length == strides.Length =>
            new TensorView(storage, offset, Array.ConvertAll(shape, n => checked((int)Wanted<long>(n))), Array.ConvertAll(strides, Wanted<long>)),
        // An nn.Parameter is a tensor with a gradient, which no number of ours depends on.
        ("torch._utils _rebuild_parameter", [TensorView tensor, bool, Dictionary<string, object?>]) => tensor,
        ("collections OrderedDict" or "torch._utils _rebuild_tensor_v2" or "torch._utils _rebuild_parameter", _) => throw Refused($"a call of {constructor.Full} with unknown arguments"),
        _ => throw Refused($"a call of {constructor.Full}"),
    };

    private Storage StorageOf(object?[] id)
    {
        // The legacy container has a sixth part, the metadata of views, which has been None since PyTorch 0.4.
        if (id is not ["storage", Name type, string key, string, long count, .. var rest] || rest is not ([] or [null]))
            throw Refused("a persistent id that is no plain storage");
        var element = ElementType.All.FirstOrDefault(t => t.StorageClass == type.Full)
            ?? throw Refused($"storage type {type.Full} (known: {string.Join(", ", ElementType.All.Select(t => t.StorageClass))})");
        if (_storages.TryGetValue(key, out var known))
            return known.Type == element && known.Count == count ? known : throw Refused($"storage {key} with two types or sizes");
        return _storages[key] = new(element, key, count);
    }

    private void SetItems(object?[] pairs)
    {
        var dictionary = Wanted<Dictionary<string, object?>>(Peek());
        if (pairs.Length % 2 != 0) throw Refused("a key without a value");
        for (var i = 0; i < pairs.Length; i += 2) dictionary[Wanted<string>(pairs[i])] = pairs[i + 1];
    }

    private object? Recall(long key) => _memo.TryGetValue(key, out var value) ? value : throw Refused($"memo {key}, which was never set");

    private void Push(object? value) => _stack.Add(value);

    private object? Peek(int below = 0) => _stack.Count > below ? _stack[^(below + 1)] : throw Refused("an empty stack");

    private object? Pop() => PopMany(1)[0];

    private object?[] PopMany(int count)
    {
        if (_stack.Count < count) throw Refused("an empty stack");
        var values = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        var mark = _stack.LastIndexOf(Mark);
        if (mark < 0) throw Refused("the end of a collection that never began");
        var values = PopMany(_stack.Count - mark - 1);
        _stack.RemoveAt(mark);
        return values;
    }

    private T Wanted<T>(object? value) => value is T wanted ? wanted : throw Refused($"{value?.GetType().Name ?? "None"} where {typeof(T).Name} belongs");

    private byte Byte() => Bytes(1)[0];

    private ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0 || count > file.Length - Position)
            throw new InvalidDataException($"truncated in the {_what}: wanted {count} bytes at {Position}, the file has {file.Length}");
        if (count > LongestPickles - Position)
            throw new InvalidDataException($"the {_what} reaches past {LongestPickles} bytes of pickles, more than any file of this kind has");
        Position += count;
        return file.Span.Slice(Position - count, count);
    }

    private string Line()
    {
        var length = file.Span[Position..].IndexOf((byte)'\n');
        if (length < 0) throw new InvalidDataException($"truncated in the {_what}: a name at {Position} has no end");
        return Text(Bytes(length + 1)[..length]);
    }

    private string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Refused("a text that is not UTF-8");
        }
    }

    private InvalidDataException Refused(string what) =>
        new($"refused in the {_what}, before byte {Position}: {what}; only tensors, numbers, texts, lists and dictionaries are read");
}
