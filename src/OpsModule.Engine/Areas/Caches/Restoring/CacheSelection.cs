using System.Text;
using OpsModule.Connections.Redis.Rdb;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>Which keys of a backup are restored: those of some databases that fit a pattern and have not expired.</summary>
internal sealed class CacheSelection
{
    private readonly byte[]? _pattern;
    private readonly IReadOnlyCollection<int>? _databases;
    private readonly long _now;

    /// <param name="databases">The databases; null for all.</param>
    /// <param name="pattern">The pattern; null for all keys.</param>
    /// <param name="now">Now.</param>
    /// <param name="shift">How much longer keys live than was meant.</param>
    public CacheSelection(IReadOnlyCollection<int>? databases, string? pattern, DateTimeOffset now, TimeSpan shift)
    {
        (_databases, _pattern, _now) = (databases, pattern is null ? null : Encoding.UTF8.GetBytes(pattern), now.ToUnixTimeMilliseconds());
        Shift = (long)shift.TotalMilliseconds;
    }

    /// <summary>How much longer keys live, in milliseconds.</summary>
    public long Shift { get; }

    /// <summary>Whether a key is one of those that are asked for.</summary>
    /// <exception cref="OpsException"><c>CacheKeyRefused</c> for a name that the reader does not keep whole.</exception>
    public bool Asks(RdbKey key)
    {
        if (_databases?.Contains(key.Database) is false) return false;
        // What an earlier restore had noted on the server is no data: it would say that of databases it does not hold any more.
        if (CacheMark.Is(key.Name.Span)) return false;
        if (key.IsCut)
            throw CacheErrors.CacheKeyRefused.Make(FormattableString.Invariant($"A key has a name of {key.NameLength:N0} bytes, which this version does not restore: {Show(key)}..."),
                "Restore the databases, or the keys of a pattern, that it is not among.");
        return _pattern is null || KeyPattern.Fits(_pattern, key.Name.Span);
    }

    /// <summary>When it expires now, in milliseconds since 1970; null for never.</summary>
    public long? ExpiryOf(RdbKey key) => key.ExpiresAt + Shift;

    /// <summary>Whether it has expired.</summary>
    public bool IsExpired(RdbKey key) => ExpiryOf(key) <= _now;

    /// <summary>Whether it expires while the restore is still at work.</summary>
    public bool IsSoonExpired(RdbKey key) => ExpiryOf(key) <= _now + (long)TimeSpan.FromMinutes(30).TotalMilliseconds;

    /// <summary>The beginning of its name, for people.</summary>
    public static string Show(RdbKey key) => PrintableText.Of(Encoding.UTF8.GetString(key.Name.Span[..Math.Min(key.Name.Length, 80)]));
}
