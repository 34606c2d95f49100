using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sightline.Broker;

/// <summary>
/// Who may log in to the MQTT broker: a password file in mosquitto_passwd's format, one <c>name:$7$iterations$salt$hash</c> a line
/// (PBKDF2-HMAC-SHA512; salt and hash in base64), with <c>:core</c> at the end for a login with the core's rights. Read once; thread-safe.
/// https://mosquitto.org/man/mosquitto_passwd-1.html
/// </summary>
public sealed class MqttUsers
{
    /// <summary>OWASP's count for PBKDF2-HMAC-SHA512: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#pbkdf2</summary>
    internal const int Iterations = 210_000;

    /// <summary>A file that asks for more would keep a core busy for seconds at each login.</summary>
    private const int MostIterations = 10_000_000;

    private const int HashBytes = 64;
    private const int SaltBytes = 16;
    private const string CoreMark = "core";

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private readonly Dictionary<string, Entry> _users;

    /// <summary>Checked for a name that is not there, so that the time it takes does not tell which names are.</summary>
    private readonly Entry _nobody;

    private MqttUsers(Dictionary<string, Entry> users)
    {
        _users = users;
        _nobody = new(MqttRole.Device, users.Count == 0 ? Iterations : users.Values.Max(u => u.Iterations), RandomNumberGenerator.GetBytes(SaltBytes), new byte[HashBytes]);
    }

    public IReadOnlyCollection<string> Names => _users.Keys;

    /// <exception cref="BrokerException">The file is missing, or a line of it is not as it should be: says which and why.</exception>
    public static MqttUsers Load(string file)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BrokerException($"The file of MQTT users {file} cannot be read: {e.Message} `sightline users add NAME` makes one.", e);
        }

        var users = new Dictionary<string, Entry>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var problem = TryParse(line, out var name, out var entry);
            if (problem is null && !users.TryAdd(name, entry!))
                problem = $"the name {name} is there twice";
            if (problem is not null)
                throw new BrokerException($"Line {i + 1} of the file of MQTT users {file}: {problem}. Each line is name:$7$iterations$salt$hash, " +
                    "as `sightline users add NAME` and mosquitto_passwd write it, with :core at the end for a core's login.");
        }

        return new(users);
    }

    /// <summary>Whether this is a user's password, and what the user may do. Takes about a tenth of a second of one CPU core, for unknown names too.</summary>
    public bool Check(string user, string password, out MqttRole role)
    {
        var known = _users.TryGetValue(user, out var entry);
        entry ??= _nobody;
        role = entry.Role;
        var hash = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), entry.Salt, entry.Iterations, HashAlgorithmName.SHA512, HashBytes);
        return CryptographicOperations.FixedTimeEquals(hash, entry.Hash) & known;
    }

    /// <summary>Adds a user, or gives it another password or rights. Makes the file if there is none, readable by its owner only; the rest of it stays.</summary>
    /// <exception cref="BrokerException">The name cannot be a user's, or the file cannot be read as one of users.</exception>
    public static void Add(string file, string name, string password, bool core)
    {
        if (!IsName(name))
        {
            throw new BrokerException($"'{name}' cannot be an MQTT user: a device logs in with its thing name, 1 to 128 of A-Z a-z 0-9 _ - " +
                "(not ':', which separates the fields of the file).");
        }

        if (password.Length == 0)
            throw new BrokerException($"The password of MQTT user {name} is empty: give one.");
        var kept = new List<string>();
        if (File.Exists(file))
        {
            Load(file);
            kept.AddRange(File.ReadAllLines(file).Where(line => !line.TrimStart().StartsWith(name + ":", StringComparison.Ordinal)));
        }

        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA512, HashBytes);
        kept.Add($"{name}:$7${Iterations.ToString(CultureInfo.InvariantCulture)}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}{(core ? ":" + CoreMark : "")}");
        OwnersFile.Write(file, kept);
    }

    internal static bool IsName(string name) => name.Length is >= 1 and <= 128 && name.AsSpan().IndexOfAnyExcept(NameCharacters) < 0;

    private static string? TryParse(string line, out string name, out Entry? entry)
    {
        entry = null;
        var fields = line.Split(':');
        name = fields[0];
        if (fields.Length is < 2 or > 3)
            return $"it has {fields.Length} fields";
        if (!IsName(name))
            return $"'{name}' is no thing name of A-Z a-z 0-9 _ -";
        if (fields.Length == 3 && fields[2] != CoreMark)
            return $"the third field is '{fields[2]}', which can only be '{CoreMark}'";
        var parts = fields[1].Split('$');
        if (parts.Length != 5 || parts[1] != "7")
            return "the password is not of PBKDF2-HMAC-SHA512 ($7$…); make it again, mosquitto_passwd with -H sha512-pbkdf2";
        if (!int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations is < 1 or > MostIterations)
            return $"the iterations are '{parts[2]}', wanted 1 to {MostIterations}";
        var salt = new byte[parts[3].Length];
        var hash = new byte[parts[4].Length];
        if (!Convert.TryFromBase64String(parts[3], salt, out var saltBytes) || !Convert.TryFromBase64String(parts[4], hash, out var hashBytes) || hashBytes != HashBytes)
            return $"salt and hash are not base64, or the hash is not of {HashBytes} bytes";
        entry = new(fields.Length == 3 ? MqttRole.Core : MqttRole.Device, iterations, salt[..saltBytes], hash[..hashBytes]);
        return null;
    }

    private sealed record Entry(MqttRole Role, int Iterations, byte[] Salt, byte[] Hash);
}
