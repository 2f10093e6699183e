using System.Text.Json;
using System.Text.Json.Serialization;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>What is to be done with an alert for one receiver, as the past says.</summary>
/// <param name="Send">False to fold it, or when there is nothing to resolve.</param>
/// <param name="Folded">How many of the same were folded before.</param>
/// <param name="Since">When the last one was sent; null for the first.</param>
/// <param name="Before">What was remembered, to be put back when the receiver does not take it.</param>
internal sealed record AlertDecision(bool Send, int Folded, DateTimeOffset? Since, IReadOnlyList<RememberedAlert> Before);

/// <summary>An alert that a receiver has got, and that nothing has resolved yet.</summary>
internal sealed record RememberedAlert(string Receiver, string Key, AlertSeverity Severity, DateTimeOffset SentAt, int Folded);

/// <summary>
/// Remembers in the environment's state folder what each receiver has been told, for all processes together. An alert is noted before it is
/// sent, so that two processes do not send it twice; what a receiver did not take is forgotten again.
/// </summary>
internal sealed class AlertMemory(OpsContext context)
{
    /// <summary>More than this fires nowhere at once; the oldest are forgotten.</summary>
    private const int Most = 2000;
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(90);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    private string Folder => context.Environment.StateDirectory;

    private string File => Path.Combine(Folder, "alerts.json");

    /// <summary>Decides for each receiver, and notes it; with <paramref name="look"/> only decides.</summary>
    public async Task<IReadOnlyDictionary<string, AlertDecision>> DecideAsync(Alert alert, IEnumerable<string> receivers, bool look, CancellationToken cancellationToken)
    {
        var decisions = new Dictionary<string, AlertDecision>();
        await ChangeAsync(remembered =>
        {
            foreach (string receiver in receivers) decisions[receiver] = Decide(remembered, alert, receiver);
        }, look, cancellationToken).ConfigureAwait(false);
        // Without a memory it is better to say something twice than not at all.
        foreach (string receiver in receivers) decisions.TryAdd(receiver, new AlertDecision(alert.State == AlertState.Firing, 0, null, []));
        return decisions;
    }

    /// <summary>The receiver did not take it: it has been told no more than before.</summary>
    public Task ForgetAsync(Alert alert, string receiver, AlertDecision decision, CancellationToken cancellationToken) => ChangeAsync(remembered =>
    {
        remembered.RemoveAll(r => r.Receiver == receiver && r.Key == alert.Key);
        remembered.AddRange(decision.Before);
    }, look: false, cancellationToken);

    private AlertDecision Decide(List<RememberedAlert> remembered, Alert alert, string receiver)
    {
        RememberedAlert[] before = [.. remembered.Where(r => r.Receiver == receiver && r.Key == alert.Key)];
        if (alert.State == AlertState.Well)
        {
            remembered.RemoveAll(before.Contains);
            return new AlertDecision(before.Length > 0, before.Sum(r => r.Folded), before.Length > 0 ? before.Max(r => r.SentAt) : null, before);
        }
        DateTimeOffset now = context.Time.GetUtcNow();
        RememberedAlert? same = before.FirstOrDefault(r => r.Severity == alert.Severity);
        // A clock that was set back must not silence an alert for longer than the window.
        if (same is not null && (now - same.SentAt).Duration() < context.Environment.Alerts.Repeat)
        {
            remembered[remembered.IndexOf(same)] = same with { Folded = same.Folded + 1 };
            return new AlertDecision(false, same.Folded + 1, same.SentAt, before);
        }
        // Of another severity it is news; and so it is when it comes back to this one.
        remembered.RemoveAll(before.Contains);
        remembered.Add(new RememberedAlert(receiver, alert.Key, alert.Severity, now, 0));
        return new AlertDecision(true, same?.Folded ?? 0, same?.SentAt, before);
    }

    private async Task ChangeAsync(Action<List<RememberedAlert>> change, bool look, CancellationToken cancellationToken)
    {
        try
        {
            PrivateFile.CreateFolder(Folder);
            if (Trust.Doubt(Folder) is { } doubt) throw new IOException(doubt);
            await using FileStream? hold = await PrivateFile.TryOpenExclusivelyAsync(Path.Combine(Folder, "alerts.lock"), Patience, cancellationToken).ConfigureAwait(false);
            if (hold is null) throw new IOException("another process holds it");
            List<RememberedAlert> remembered = Read();
            change(remembered);
            if (look) return;
            DateTimeOffset oldest = context.Time.GetUtcNow() - Forgotten;
            Write([.. remembered.Where(r => r.SentAt > oldest).OrderByDescending(r => r.SentAt).Take(Most)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            context.Reporter.Warning($"Repeats of alerts cannot be folded: {File} cannot be used: {e.Message.TrimEnd('.')}.");
        }
    }

    private List<RememberedAlert> Read()
    {
        try
        {
            using FileStream? file = PrivateFile.OpenForReading(File);
            return file is null ? [] : JsonSerializer.Deserialize<List<RememberedAlert>>(file, Json) ?? [];
        }
        catch (JsonException) { return []; }
    }

    private void Write(List<RememberedAlert> remembered) => AtomicFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(remembered, Json));
}
