using System.Globalization;
using System.Text.RegularExpressions;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>Who has used a key lately, as logs tell.</summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="settings">What tells of it.</param>
internal sealed class KeyUsage(OpsContext context, ApiKeySettings settings)
{
    private const string Id = "{id}", Name = "{name}", Prefix = "{prefix}";

    /// <summary>So many characters of a key may stand in a log.</summary>
    private const int Shown = 8;

    /// <summary>So long an answer counts: logs of a day are not read anew each second.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, (long At, OldSessions? Found)> _known = new(StringComparer.Ordinal);

    /// <summary>
    /// How often a key was used in the time that counts; null where nothing tells. A log that could not be read makes it blind: who uses
    /// the key is not known, and it is waited for.
    /// </summary>
    /// <param name="id">The key's id; null where it has none.</param>
    /// <param name="name">Its name; null where it has none.</param>
    /// <param name="value">The key; null where it is not known.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<OldSessions?> CountAsync(string? id, string? name, string? value, CancellationToken ct)
    {
        if (settings.UsageServices.Count == 0 || TextOf(id, name, value) is not { } text) return null;
        if (_known.TryGetValue(text, out var known) && context.Time.GetElapsedTime(known.At) < Fresh) return known.Found;
        OldSessions? found = await ReadAsync(text, ct).ConfigureAwait(false);
        _known[text] = (context.Time.GetTimestamp(), found);
        return found;
    }

    private async Task<OldSessions?> ReadAsync(string text, CancellationToken ct)
    {
        OpsException? failed = null;
        var reader = new LogReader(context.Platform(), context.Reporter, context.Time, e => failed ??= e);
        var query = new LogQuery
        {
            Services = settings.UsageServices, Since = context.Time.GetUtcNow() - settings.UsageFor, Pattern = Regex.Escape(text),
        };
        int count = 0;
        DateTimeOffset? last = null;
        var services = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            await foreach (IReadOnlyList<LogEntry> batch in reader.ReadAsync(query, ct).ConfigureAwait(false))
                foreach (LogEntry entry in batch)
                {
                    if (!Tells(entry.Raw, text)) continue;
                    count++;
                    services.Add(entry.Service);
                    if (entry.Time is { } time && (last is null || time > last)) last = time;
                }
        }
        catch (OpsException e) { failed ??= e; }
        // A log that is not there says nothing of who uses a key; one that was read and names it does.
        if (failed is not null && count == 0)
        {
            context.Reporter.Warning($"Who uses the old key cannot be seen: {failed.Message}");
            return new OldSessions(0, $"a log could not be read: {failed.Message.TrimEnd('.')}") { IsBlind = true };
        }
        // Instances that were replaced have taken their logs with them, and with these whoever used a key before.
        if (count == 0 && await BlindAsync(query.Since.Value, ct).ConfigureAwait(false) is { } blind)
            return new OldSessions(0, blind) { IsBlind = true };
        return new OldSessions(count, count == 0 ? "" : $"{count.ToString(CultureInfo.InvariantCulture)} uses in the logs of "
            + $"{string.Join(", ", services)}" + (last is { } at ? $", the last one at {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : ""));
    }

    /// <summary>Which logs do not reach back so far, in words; null where all of them do.</summary>
    private async Task<string?> BlindAsync(DateTimeOffset since, CancellationToken ct)
    {
        var words = new List<string>();
        IReadOnlyList<ServiceRecord> found = await new ServiceCatalog(context.Platform())
            .ListAsync(settings.UsageServices, e => throw e, ct).ConfigureAwait(false);
        foreach (ServiceRecord service in found)
        {
            // Of several the youngest: it has taken the place of one whose log is gone.
            DateTimeOffset? begin = service.Instances.Where(i => i.HasOutput()).Max(i => i.StartedAt);
            if (begin is null) words.Add($"{service.Name} has no instance, and no log");
            else if (begin > since)
                words.Add($"the log of {service.Name} begins at {begin.Value.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, with its instances");
        }
        return words.Count == 0 ? null : $"{string.Join("; ", words)}; who used it before nothing tells, and the last "
            + $"{DurationText.Show(settings.UsageFor)} count";
    }

    /// <summary>What stands in a line of a use; null where what it needs is not known.</summary>
    private string? TextOf(string? id, string? name, string? value)
    {
        if (settings.UsageText is not { } text) return null;
        string? prefix = value is { Length: > Shown * 2 } ? value[..Shown] : null;
        foreach ((string place, string? known) in new[] { (Id, id), (Name, name), (Prefix, prefix) })
        {
            if (!text.Contains(place, StringComparison.Ordinal)) continue;
            if (string.IsNullOrEmpty(known)) return null;
            text = text.Replace(place, known, StringComparison.Ordinal);
        }
        return text;
    }

    /// <summary>Whether a line holds it, and not as the beginning of a longer id.</summary>
    private bool Tells(string line, string text)
    {
        bool isOpen = settings.UsageText!.EndsWith(Prefix, StringComparison.Ordinal);
        for (int at = line.IndexOf(text, StringComparison.Ordinal); at >= 0; at = line.IndexOf(text, at + 1, StringComparison.Ordinal))
        {
            int end = at + text.Length;
            bool begins = at == 0 || !char.IsLetterOrDigit(text[0]) || !char.IsLetterOrDigit(line[at - 1]);
            bool ends = isOpen || end == line.Length || !char.IsLetterOrDigit(text[^1]) || !char.IsLetterOrDigit(line[end]);
            if (begins && ends) return true;
        }
        return false;
    }
}
