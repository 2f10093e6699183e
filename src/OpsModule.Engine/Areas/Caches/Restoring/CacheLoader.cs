using System.Globalization;
using System.Text;
using OpsModule.Connections.Redis.Pipes;
using OpsModule.Connections.Redis.Rdb;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>Sends the keys of a backup to a server (RESTORE), in batches, into the databases that were chosen for them.</summary>
/// <param name="pipe">The connection.</param>
/// <param name="selection">Which keys.</param>
/// <param name="into">The database for each of the backup's.</param>
/// <param name="ct">Ends it.</param>
internal sealed class CacheLoader(RedisPipe pipe, CacheSelection selection, IReadOnlyDictionary<int, int> into,
    CancellationToken ct) : RdbVisitor
{
    private static readonly byte[] Restore = "RESTORE"u8.ToArray(), Absolute = "ABSTTL"u8.ToArray(), Idle = "IDLETIME"u8.ToArray(),
        Frequency = "FREQ"u8.ToArray(), Never = "0"u8.ToArray();

    private readonly List<string> _names = [];
    private int _database = -1;

    /// <summary>What was sent into each database: keys, those of them that expire, and those that do so while it is at work.</summary>
    public Dictionary<int, (long Keys, long Expiring, long Soon)> Sent { get; } = [];

    /// <summary>Keys that were left out because they had expired.</summary>
    public long Expired { get; private set; }

    /// <summary>Libraries of functions.</summary>
    public List<byte[]> Functions { get; } = [];

    public override bool WantsValue(RdbKey key) => selection.Asks(key) && !selection.IsExpired(key);

    public override void OnKey(RdbKey key, ReadOnlyMemory<byte> payload)
    {
        if (payload.Length == 0)
        {
            if (selection.Asks(key)) Expired++;
            return;
        }
        int target = into[key.Database];
        if (target != _database)
        {
            pipe.Add("SELECT", target.ToString(CultureInfo.InvariantCulture));
            _names.Add("SELECT");
            _database = target;
        }
        ReadOnlyMemory<byte> expiry = selection.ExpiryOf(key) is { } at ? Number(at) : Never;
        if (key.Frequency is { } frequency) pipe.Add(Restore, key.Name, expiry, payload, Absolute, Frequency, Number(frequency));
        else if (key.Idle is { } idle) pipe.Add(Restore, key.Name, expiry, payload, Absolute, Idle, Number(idle));
        else pipe.Add(Restore, key.Name, expiry, payload, Absolute);
        _names.Add(CacheSelection.Show(key));
        (long keys, long expiring, long soon) = Sent.GetValueOrDefault(target);
        Sent[target] = (keys + 1, expiring + (key.ExpiresAt is null ? 0 : 1),
            soon + (key.ExpiresAt is not null && selection.IsSoonExpired(key) ? 1 : 0));
        if (pipe.IsFull) Flush();
    }

    public override void OnFunction(ReadOnlyMemory<byte> code) => Functions.Add(code.ToArray());

    /// <summary>Sends what is left. It blocks, as the reader does.</summary>
    /// <exception cref="OpsException"><c>CacheWouldEvict</c>, <c>CacheVersionTooOld</c>, <c>CacheKeyRefused</c>.</exception>
    public void Flush()
    {
        IReadOnlyList<PipeReply> replies = pipe.ExchangeAsync(ct).GetAwaiter().GetResult();
        for (int i = 0; i < replies.Count; i++)
            if (replies[i].IsError) throw Refused(_names[i], replies[i]);
        _names.Clear();
    }

    private OpsException Refused(string name, PipeReply reply)
    {
        string said = PrintableText.Of(reply.Text.TrimEnd('.'));
        if (said.StartsWith("OOM", StringComparison.Ordinal))
            return CacheErrors.CacheWouldEvict.Make($"{pipe.Place} has no memory left for what is loaded beside what is live: {said}. Nothing that is live was changed.",
                "Raise maxmemory for as long as it takes, or restore the keys of one pattern.");
        if (said.Contains("payload version", StringComparison.Ordinal))
            return CacheErrors.CacheVersionTooOld.Make($"{pipe.Place} cannot read the key {name}: {said}. Nothing that is live was changed.", "Restore into a server of the backup's version or later.");
        if (said.StartsWith("NOPERM", StringComparison.Ordinal)) return pipe.Refused("RESTORE", reply);
        return CacheErrors.CacheKeyRefused.Make($"{pipe.Place} refuses the key {name}: {said}. Nothing that is live was changed.",
            "Mend what the server reports, or restore the keys of a pattern that it is not among.");
    }

    private static byte[] Number(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
}
