using System.Security.Cryptography;
using System.Text;

namespace OpsModule.Connections.Redis.Accounts;

/// <summary>A user of a server's access control list, as <c>ACL GETUSER</c> tells of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsOn">True when it may log in.</param>
/// <param name="TakesAnything">True with <c>nopass</c>: every password is accepted.</param>
/// <param name="Hashes">The SHA-256 of its passwords, in lower-case hexadecimal.</param>
public sealed record RedisAccount(string Name, bool IsOn, bool TakesAnything, IReadOnlyList<string> Hashes)
{
    /// <summary>The user that is there when nobody has logged in, whose password <c>requirepass</c> is.</summary>
    public const string Default = "default";

    /// <summary>What the server keeps of a password.</summary>
    public static string HashOf(string password) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(password))).ToLowerInvariant();

    /// <summary>True when a password is one of its own.</summary>
    public bool Has(string password) => Hashes.Contains(HashOf(password), StringComparer.Ordinal);

    /// <summary>Reads the server's answer; null when there is no such user.</summary>
    internal static RedisAccount? Read(string name, RedisReply reply)
    {
        if (reply is not RedisList { Items: { Count: > 0 } items }) return null;
        RedisReply? Of(string key) => Enumerable.Range(0, items.Count / 2).Where(i => items[2 * i].Text == key).Select(i => items[(2 * i)
            + 1]).FirstOrDefault();
        string[] flags = Of("flags") is RedisList said ? [.. said.Items.Select(f => f.Text)] : [];
        return new RedisAccount(name, flags.Contains("on"), flags.Contains("nopass"),
            Of("passwords") is RedisList passwords ? [.. passwords.Items.Select(p => p.Text)] : []);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Hashes.Count} passwords)";
}
