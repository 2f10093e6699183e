using System.Security.Cryptography;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Redis.Accounts;

/// <summary>What a server said to a login.</summary>
public enum RedisLoginAnswer
{
    /// <summary>Something that says nothing of the password.</summary>
    NotTold,
    /// <summary>It was accepted, and another one was not.</summary>
    Accepted,
    /// <summary>It was refused as wrong.</summary>
    Refused,
    /// <summary>Every password is accepted.</summary>
    AcceptsAnything,
}

/// <summary>
/// Tries a login. A refused one leaves a connection as the user <c>default</c>, so that only the answer to AUTH itself tells.
/// </summary>
public static class RedisLoginTrial
{
    private const string Wrong = "WRONGPASS";

    /// <summary>Tries it over a connection of its own, which is closed again.</summary>
    /// <param name="server">The server.</param>
    /// <param name="user">The user.</param>
    /// <param name="password">The password.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What it said, and how, in words without the password.</returns>
    /// <exception cref="OpsException"><c>CacheUnreachable</c>, <c>CacheTls</c>, <c>CacheProtocol</c>.</exception>
    public static async Task<(RedisLoginAnswer Answer, string Words)> TryAsync(RedisServer server, string user, string password,
        CancellationToken cancellationToken)
    {
        using RedisConnection connection = await server.OpenAsync(cancellationToken).ConfigureAwait(false);
        RedisReply reply = await connection.CallAsync(["AUTH", user, password], cancellationToken).ConfigureAwait(false);
        if (reply is RedisError refused)
            return refused.Code == Wrong ? (RedisLoginAnswer.Refused, $"it refuses the login of {user} ({Wrong})")
                : (RedisLoginAnswer.NotTold, $"it answers the login of {user} with {refused.Message.TrimEnd('.')}");
        RedisReply who = await connection.CallAsync(["ACL", "WHOAMI"], cancellationToken).ConfigureAwait(false);
        if (who is RedisError { Code: not "NOPERM" } failed) return (RedisLoginAnswer.NotTold,
            $"it answers ACL WHOAMI with {failed.Message.TrimEnd('.')}");
        if (who is not RedisError && who.Text != user) return (RedisLoginAnswer.NotTold,
            $"after the login of {user} it says that {who.Text} is logged in");
        // Where every password is accepted, an accepted one proves nothing: one that nobody knows has to be refused.
        string nobodys = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        RedisReply control = await connection.CallAsync(["AUTH", user, nobodys], cancellationToken).ConfigureAwait(false);
        return control switch
        {
            RedisError { Code: Wrong } => (RedisLoginAnswer.Accepted,
                $"{user} logged in{(who is RedisError ? ", and may not ask ACL WHOAMI" : ", and ACL WHOAMI says so")}"),
            RedisError other => (RedisLoginAnswer.NotTold, $"it answers a login with a wrong password with {other.Message.TrimEnd('.')}"),
            _ => (RedisLoginAnswer.AcceptsAnything, $"it accepts every password of {user} (nopass), which proves nothing"),
        };
    }
}
