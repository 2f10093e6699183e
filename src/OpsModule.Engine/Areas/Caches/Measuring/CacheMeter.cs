using System.Text;
using OpsModule.Connections.Redis.Rdb;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Caches.Measuring;

/// <summary>
/// Counts keys by the beginnings of their names, and keeps the largest. Its memory has a bound, whatever the keys are called.
/// </summary>
/// <param name="depth">How many parts of a name make its beginning.</param>
/// <param name="largest">How many keys are kept.</param>
/// <param name="now">Now, in milliseconds since 1970.</param>
internal sealed class CacheMeter(int depth, int largest, long now) : CacheCounter
{
    private const int MostPrefixes = 10_000, LongestPrefix = 200, LongestName = 300;
    private const string Others = "(others)", None = "(none)";

    private readonly Dictionary<string, Share> _prefixes = new(StringComparer.Ordinal);
    private readonly PriorityQueue<CacheKey, long> _largest = new();
    private byte[] _last = [];
    private Share? _lastShare;

    /// <summary>Keys that have expired by now.</summary>
    public long ExpiredNow { get; private set; }

    public IReadOnlyList<CachePrefix> Prefixes => [.. _prefixes.Select(p => new CachePrefix(p.Key, p.Value.Keys, p.Value.Bytes))
        .OrderByDescending(p => p.Bytes).ThenBy(p => p.Name, StringComparer.Ordinal)];

    public IReadOnlyList<CacheKey> Biggest =>
        [.. _largest.UnorderedItems.Select(i => i.Element).OrderByDescending(k => k.Bytes).ThenBy(k => k.Name, StringComparer.Ordinal)];

    public override void OnKey(RdbKey key, ReadOnlyMemory<byte> payload)
    {
        base.OnKey(key, payload);
        if (key.ExpiresAt <= now) ExpiredNow++;
        Share share = ShareOf(Beginning(key.Name.Span));
        share.Keys++;
        share.Bytes += key.Bytes;
        if (_largest.Count == largest && (largest == 0 || _largest.TryPeek(out _, out long least) && least >= key.Bytes)) return;
        _largest.Enqueue(new CacheKey(key.Database, Text(key.Name.Span, LongestName), NameOf(key.Kind), key.Bytes,
            key.Elements < 0 ? null : key.Elements, TimeOf(key.ExpiresAt)), key.Bytes);
        if (_largest.Count > largest) _largest.Dequeue();
    }

    /// <summary>Up to and with the separator of the last part that counts; empty where the name has none.</summary>
    private ReadOnlySpan<byte> Beginning(ReadOnlySpan<byte> name)
    {
        int end = 0;
        for (int part = 0; part < depth; part++)
        {
            int next = name[end..].IndexOf((byte)':');
            if (next < 0) break;
            end += next + 1;
        }
        return name[..Math.Min(end, LongestPrefix)];
    }

    /// <summary>Keys with one beginning often stand together; only another one is looked up.</summary>
    private Share ShareOf(ReadOnlySpan<byte> beginning)
    {
        if (_lastShare is { } last && beginning.SequenceEqual(_last)) return last;
        string name = beginning.Length == 0 ? None : Text(beginning, LongestPrefix);
        if (!_prefixes.TryGetValue(name, out Share? share))
        {
            if (_prefixes.Count >= MostPrefixes) name = Others;
            if (!_prefixes.TryGetValue(name, out share)) _prefixes[name] = share = new Share();
        }
        (_last, _lastShare) = (beginning.ToArray(), share);
        return share;
    }

    private static string Text(ReadOnlySpan<byte> bytes, int most) =>
        PrintableText.Of(Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, most)]));

    private static DateTimeOffset? TimeOf(long? milliseconds) =>
        milliseconds is >= 0 and var ms && ms < DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    private sealed class Share
    {
        public long Keys { get; set; }

        public long Bytes { get; set; }
    }
}
