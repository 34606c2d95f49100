using System.Security.Cryptography;
using System.Text;

namespace Sightline.Broker.Mqtt;

/// <summary>
/// Checks logins and who may have which client id. MQTT gives a client id's session to whoever connects with it last, so an id is refused while another user
/// has it, when it is another user's name, and when it is the core's and the login is not.
/// </summary>
internal sealed class Logins(MqttServerOptions options) : IDisposable
{
    /// <summary>A password check takes a CPU core for a tenth of a second: strangers get two of them, not the machine.</summary>
    private const int AtOnce = 2;

    /// <summary>Beyond this many in line a login is refused as busy; the client tries again.</summary>
    private const int MostWaiting = 64;

    private readonly SemaphoreSlim _checks = new(AtOnce);
    private readonly Dictionary<string, (string User, int Connections)> _claims = new(StringComparer.Ordinal);
    private int _waiting;

    public enum Outcome
    {
        Accepted,
        WrongPassword,
        ClientIdTaken,
        Busy,
    }

    public async Task<(Outcome Outcome, MqttRole Role, string Why)> CheckAsync(string? user, string? password, string clientId, CancellationToken ct)
    {
        var (outcome, role, why) = await CheckPasswordAsync(user ?? "", password ?? "", ct);
        if (outcome != Outcome.Accepted)
            return (outcome, role, why);
        return Claim(user ?? "", role, clientId) is { } taken ? (Outcome.ClientIdTaken, role, taken) : (outcome, role, "");
    }

    /// <summary>A connection that was accepted has ended.</summary>
    public void Release(string clientId)
    {
        lock (_claims)
        {
            if (!_claims.TryGetValue(clientId, out var claim))
                return;
            if (claim.Connections == 1)
                _claims.Remove(clientId);
            else
                _claims[clientId] = claim with { Connections = claim.Connections - 1 };
        }
    }

    public void Dispose() => _checks.Dispose();

    private async Task<(Outcome, MqttRole, string)> CheckPasswordAsync(string user, string password, CancellationToken ct)
    {
        if (options.CoreLogin is { } core && user == core.User)
        {
            var same = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(password)), SHA256.HashData(Encoding.UTF8.GetBytes(core.Password)));
            if (same)
                return (Outcome.Accepted, MqttRole.Core, "");
        }

        if (options.Users is not { } users)
        {
            // On loopback without users: anybody, with all rights, but not under the core's name.
            return options.CoreLogin is { } taken && user == taken.User
                ? (Outcome.WrongPassword, default, "wrong password")
                : (Outcome.Accepted, MqttRole.Core, "");
        }

        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return (Outcome.Busy, default, $"{MostWaiting} logins wait already");
        }

        try
        {
            await _checks.WaitAsync(ct);
            try
            {
                var role = MqttRole.Device;
                var right = await Task.Run(() => users.Check(user, password, out role), ct);
                return right ? (Outcome.Accepted, role, "") : (Outcome.WrongPassword, default, user.Length == 0 ? "no user name was given" : "unknown user or wrong password");
            }
            finally
            {
                _checks.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private string? Claim(string user, MqttRole role, string clientId)
    {
        var isCores = clientId.StartsWith(options.CoreClientId, StringComparison.Ordinal);
        if (isCores && (role != MqttRole.Core || (options.Users is null && options.CoreLogin is { } core && user != core.User)))
            return $"client ids that begin with {options.CoreClientId} are the core's";
        if (options.Users is { } users && clientId != user && users.Names.Contains(clientId))
            return "the client id is another user's name";
        lock (_claims)
        {
            if (!_claims.TryGetValue(clientId, out var claim))
                claim = (user, 0);
            // Without users everybody is the same: the last one has the session, as MQTT has it.
            else if (options.Users is not null && claim.User != user)
                return $"user '{claim.User}' is connected with this client id";
            _claims[clientId] = claim with { Connections = claim.Connections + 1 };
            return null;
        }
    }
}
