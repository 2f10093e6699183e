using System.Text.Json;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;

namespace OpsModule.Engine.Outlets.Forwarding;

/// <summary>Compares the journal with what was sent to a store, where whoever can write here cannot write.</summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="storeName">The store.</param>
public sealed class ForwardComparer(OpsContext context, string storeName)
{
    private readonly Dictionary<long, string> _missing = [];
    private long _stored, _found, _unsent;
    private (long Sequence, string Hash)? _wrong;

    /// <summary>Walks the chain and looks for every line that the store names.</summary>
    /// <param name="anchor">The anchor of an earlier test; null for none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<JournalTestResult> TestAsync(string? anchor, CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(storeName);
        string mine;
        var journal = new JournalFile(context.Environment.StateDirectory, context.Time);
        using (JournalSnapshot snapshot = journal.Snapshot()) mine = ForwardedJournal.Of(snapshot);
        // What ends while the store is listed is not missing there.
        long before = JournalHead.Read(journal.HeadPath, out _)?.Sequence ?? 0;
        Dictionary<string, string> others = await ListAsync(store, mine, cancellationToken).ConfigureAwait(false);
        long first = _missing.Count == 0 ? long.MaxValue : _missing.Keys.Min();
        JournalTestResult result = new Journal(context.Environment, context.Time).Test(anchor, line => Compare(line, first, before)) with
        {
            Store = storeName, Forwarded = _found, NotForwarded = _unsent,
        };
        if (result.Finding is not JournalFinding.None)
            return result with { Message =
                $"{result.Message} {storeName} holds {_stored} of its changes; {_found} were found up to there." };
        if (_wrong is { } wrong)
            return Mismatch(result, $"Line number {wrong.Sequence} is not the one that was sent to {storeName}: "
                + $"the journal was rewritten, or something else was put there ({wrong.Hash[..12]}...).");
        if (_missing.Count > 0)
            return Mismatch(result, $"The journal ends at number {result.Anchor?.Split(':')[0] ?? "0"}, and {storeName} holds "
                + $"{_missing.Count} changes that ended after that, up to number {_missing.Keys.Max()}: it was cut off or replaced.");
        return await WithOthersAsync(result, store, others, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The newest key of each other journal of the environment.</summary>
    private async Task<Dictionary<string, string>> ListAsync(IBackupStore store, string mine, CancellationToken cancellationToken)
    {
        var others = new Dictionary<string, string>();
        await foreach (StoredObject found in store.ListAsync(ForwardKeys.Prefix(context.Environment.Name), cancellationToken)
            .ConfigureAwait(false))
        {
            if (ForwardKeys.Parse(found.Key) is not var (journal, sequence, hash)) continue;
            // Two of one number cannot both be right; the one that is not here is found.
            if (journal != mine) others[journal] = found.Key;
            else if (_missing.TryAdd(sequence, hash)) _stored++;
            else _wrong ??= (sequence, hash);
        }
        return others;
    }

    private void Compare(JournalLine line, long first, long before)
    {
        if (_missing.Remove(line.Sequence, out string? sent))
        {
            if (sent == line.Hash) _found++;
            else _wrong ??= (line.Sequence, sent);
        }
        else if (line.IsEnd && line.Sequence > first && line.Sequence <= before) _unsent++;
    }

    /// <summary>A journal that was begun anew fits itself; that another one was sent from this very folder gives it away.</summary>
    private async Task<JournalTestResult> WithOthersAsync(JournalTestResult result, IBackupStore store,
        Dictionary<string, string> others, CancellationToken cancellationToken)
    {
        int elsewhere = 0;
        foreach ((string journal, string key) in others)
        {
            (string? host, string? state, string? anchor) = await ReadAsync(store, key, cancellationToken).ConfigureAwait(false);
            if (host == Actor.Current.Host && state == context.Environment.StateDirectory)
                return Mismatch(result, $"{storeName} holds another journal ({journal}) that was sent from this folder of this host, up to "
                    + $"{anchor}: it was removed or replaced, and begun anew. Where that was meant, move its folder in the store away.");
            elsewhere++;
        }
        string more = elsewhere == 0 ? ""
            : $" {storeName} also holds {elsewhere} other {(elsewhere == 1 ? "journal" : "journals")} of this environment, "
                + "sent from other hosts or folders.";
        if (_found == 0)
        {
            string nothing = $"{result.Message} Nothing of it is in {storeName}, so nothing could be compared.{more}";
            return result with { IsSuspect = true, Message = nothing };
        }
        string unsent = _unsent == 0 ? ""
            : $" {_unsent} that ended since the first of them are not there: they were never sent, or were removed there.";
        string message = $"{result.Message} {_found} changes are in {storeName} as they are here.{unsent}{more}";
        return result with { IsSuspect = result.IsSuspect || _unsent > 0, Message = message };
    }

    private static async Task<(string? Host, string? State, string? Anchor)> ReadAsync(IBackupStore store, string key,
        CancellationToken cancellationToken)
    {
        await using Stream stream = await store.OpenAsync(key, 0, cancellationToken).ConfigureAwait(false);
        byte[] bytes = new byte[1024 * 1024];
        int count = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(0, count));
            string? Text(string name) => document.RootElement.TryGetProperty(name, out JsonElement value)
                && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
            return (Text("host"), Text("state"), Text("anchor"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return (null, null, null); }
    }

    private static JournalTestResult Mismatch(JournalTestResult result, string message) =>
        result with { Finding = JournalFinding.ForwardedMismatch, Message = message };
}
