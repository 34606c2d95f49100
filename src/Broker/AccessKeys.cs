using System.Buffers;
using System.Security.Cryptography;

namespace Sightline.Broker;

/// <summary>An access key of the SQS endpoint: the id goes with every request, the secret with none.</summary>
public sealed record AccessKey(string Id, string Secret)
{
    /// <summary>The id alone: a secret is not to come into a log by being printed.</summary>
    public override string ToString() => Id;

    /// <summary>A new one of 20 and 40 characters, as Amazon's have; the secret carries 238 random bits.</summary>
    public static AccessKey Random() =>
        new("SIGHTLINE" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 11), RandomNumberGenerator.GetString(AccessKeys.LettersAndDigits, 40));
}

/// <summary>
/// Who may use the SQS endpoint: a file of one <c>id:secret</c> a line. The secrets lie there as they are, since both sides of a
/// signature need them; so the file must be its owner's only. Read once; thread-safe.
/// </summary>
public sealed class AccessKeys
{
    internal const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Whoever sees one signed request can try secrets against it as fast as computers go; Amazon's have 40 characters.</summary>
    private const int ShortestSecret = 20;

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(LettersAndDigits + "_-");

    private readonly Dictionary<string, string> _secrets;

    public AccessKeys(params IEnumerable<AccessKey> keys)
    {
        _secrets = keys.ToDictionary(k => k.Id, k => k.Secret, StringComparer.Ordinal);
        First = keys.First();
    }

    /// <summary>The one to sign with, for who has the file.</summary>
    public AccessKey First { get; }

    /// <exception cref="BrokerException">The file is missing, others may read it, or a line is not as it should be: says which and why, never a secret.</exception>
    public static AccessKeys Load(string file)
    {
        var keys = Read(file);
        return keys.Count > 0 ? new(keys) : throw new BrokerException($"The file of SQS keys {file} has no key in it: `sightline users key --file {file}` makes one.");
    }

    /// <summary>These and one more, which is in no file.</summary>
    public AccessKeys With(AccessKey more) => new(_secrets.Select(s => new AccessKey(s.Key, s.Value)).Append(more));

    /// <summary>Makes a key and adds it to the file, which is made where there is none, readable by its owner only.</summary>
    /// <exception cref="BrokerException">The file cannot be read as one of keys.</exception>
    public static AccessKey Add(string file)
    {
        var lines = new List<string>();
        if (File.Exists(file))
        {
            Read(file);
            lines.AddRange(File.ReadAllLines(file));
        }

        var key = AccessKey.Random();
        lines.Add($"{key.Id}:{key.Secret}");
        OwnersFile.Write(file, lines);
        return key;
    }

    internal bool TryGet(string id, out string secret) => _secrets.TryGetValue(id, out secret!);

    private static List<AccessKey> Read(string file)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
            if (OwnersFile.IsOthersToo(file))
                throw new BrokerException($"The file of SQS keys {file} can be read by others than its owner, and its secrets lie there as they are: `chmod 600 {file}`.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BrokerException($"The file of SQS keys {file} cannot be read: {e.Message} `sightline users key --file {file}` makes one.", e);
        }

        var keys = new List<AccessKey>();
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var fields = line.Split(':');
            var problem = fields.Length != 2 ? $"it has {fields.Length} fields"
                : fields[0].Length is < 3 or > 128 || fields[0].AsSpan().IndexOfAnyExcept(IdCharacters) >= 0 ? "the id is not 3 to 128 of A-Z a-z 0-9 _ -"
                : fields[1].Length < ShortestSecret || fields[1].Any(c => c is <= ' ' or > '~') ? $"the secret is not {ShortestSecret} or more printable characters"
                : keys.Any(k => k.Id == fields[0]) ? $"the id {fields[0]} is there twice"
                : null;
            if (problem is not null)
                throw new BrokerException($"Line {i + 1} of the file of SQS keys {file}: {problem}. Each line is id:secret, as `sightline users key` writes it.");
            keys.Add(new(fields[0], fields[1]));
        }

        return keys;
    }
}
