using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Areas.Secrets.Postgres;
using OpsModule.Engine.Areas.Secrets.Postgres.Layout;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.Showing;

/// <summary>The secrets of an environment, and how they are.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class SecretCatalog(OpsContext context)
{
    /// <summary>People are given so long to disable an old value elsewhere before they are reminded.</summary>
    internal static readonly TimeSpan ByHandPatience = TimeSpan.FromDays(7);

    private IReadOnlyDictionary<string, SecretEntry> Entries => context.Environment.Section<SecretsSettings>().Entries;

    /// <summary>The names that are meant.</summary>
    /// <param name="names">Names in any case and with wildcards; null for all.</param>
    /// <param name="fail">Told of each name that means none (<c>SecretUnknown</c>).</param>
    public IReadOnlyList<string> Choose(IReadOnlyList<string>? names, Action<OpsException> fail) =>
        SecretNames.Choose(context.Environment, names, fail);

    /// <summary>
    /// Those that are to be rotated now. One whose last rotation is not known, or whose new value only others can make, is left out, so
    /// that it does not keep the rest from being rotated.
    /// </summary>
    /// <param name="tell">Told of each that is left out, in a sentence.</param>
    /// <param name="leftOut">Given what comes of one that is due and left out.</param>
    public IReadOnlyList<string> FindDue(Action<string> tell, Action<RotationResult>? leftOut = null)
    {
        var due = new List<string>();
        var store = new SecretStore(context);
        foreach (SecretEntry entry in Entries.Values.Where(e => e.Every is not null))
        {
            KeptSecret kept;
            try { kept = store.Read(entry.Name); }
            catch (OpsException e)
            {
                tell($"{entry.Name} is left out: {e.Message}");
                leftOut?.Invoke(LeftOut(entry.Name, RotationOutcome.LeftOut, e.Message));
                continue;
            }
            if (kept.FinishedAt is not { } last)
                tell($"No rotation of {entry.Name} is known, so that nobody can tell whether it is due: rotate it once by its name.");
            else if (last + entry.Every > context.Time.GetUtcNow()) continue;
            else if (Judge(entry) is { Change: { } change } under)
            {
                // One that waits goes on by itself.
                if (under.Status != SecretStatus.Unfinished) continue;
                string words = $"{entry.Name} is due, and is left out: {under.Message} Get-OpsChange {change} tells how it came to that.";
                tell(words);
                leftOut?.Invoke(LeftOut(entry.Name, RotationOutcome.LeftOut, words));
            }
            else if (entry.IsMadeElsewhere) NeedPeople(entry.Name, "is due, and its new value", tell, leftOut);
            else due.Add(entry.Name);
        }
        return due;
    }

    /// <summary>Those of several that can be rotated without a value that people hand in.</summary>
    /// <param name="names">The names, as the environment file has them.</param>
    /// <param name="tell">Told of each that is left out, in a sentence.</param>
    /// <param name="leftOut">Given what comes of it.</param>
    public IReadOnlyList<string> WithoutPeoples(IReadOnlyList<string> names, Action<string> tell, Action<RotationResult> leftOut)
    {
        ILookup<bool, string> made = names.ToLookup(name => Entries[name].IsMadeElsewhere);
        foreach (string name in made[true]) NeedPeople(name, "is left out, since its new value", tell, leftOut);
        return [.. made[false]];
    }

    private void NeedPeople(string name, string why, Action<string> tell, Action<RotationResult>? leftOut)
    {
        string words = $"{name} {why} is made by somebody else: hand it in (Invoke-OpsSecretRotation {name} -Value (Read-Host "
            + "-AsSecureString)).";
        tell(words);
        leftOut?.Invoke(LeftOut(name, RotationOutcome.NeedsPeople, words));
    }

    /// <summary>The logins that are to take turns for a secret, as far as the environment file names them.</summary>
    /// <exception cref="OpsException"><c>SecretUnknown</c>; <c>SecretLayoutRefused</c> of one that is no password of PostgreSQL.
    /// </exception>
    public LayoutNames LayoutOf(string name, string? second, string? owner)
    {
        SecretEntry entry = Entries[Choose([name], e => throw e)[0]];
        return entry is { Database: { } database, Logins: [var login, ..] } && entry.Kind == SecretKind.Postgres
            ? LayoutNames.Of(database, login, second ?? entry.Logins.ElementAtOrDefault(1), owner ?? entry.Owner)
            : throw PostgresSecretErrors.LayoutRefused.Make(
                $"{entry.Name} is no password of PostgreSQL, whose logins alone can take turns.",
                "Name one that is, or give the database and the login.", entry.Name);
    }

    /// <summary>What comes of one that is due and left out of a rotation.</summary>
    public RotationResult LeftOut(string name, RotationOutcome outcome, string words) => new()
    {
        Environment = context.Environment.Name, Name = name, Kind = Entries[name].Kind, Outcome = outcome, Words = words,
        StartedAt = context.Time.GetUtcNow(),
    };

    /// <summary>How these are.</summary>
    /// <param name="names">The names, as the environment file has them.</param>
    /// <param name="reads">True reads the places for the fingerprint.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<SecretRecord>> ListAsync(IReadOnlyList<string> names, bool reads, CancellationToken cancellationToken)
    {
        var records = new List<SecretRecord>();
        foreach (string name in names)
        {
            SecretRecord record;
            try { record = Judge(Entries[name]); }
            catch (OpsException e)
            {
                records.Add(new SecretRecord
                {
                    Environment = context.Environment.Name, Name = name, Kind = Entries[name].Kind, Status = SecretStatus.Unknown,
                    Message = e.Message,
                });
                continue;
            }
            records.Add(reads ? await ReadAsync(record, cancellationToken).ConfigureAwait(false) : record);
        }
        return records;
    }

    private async Task<SecretRecord> ReadAsync(SecretRecord record, CancellationToken ct)
    {
        try
        {
            OpenedSecret secret = OpenedSecret.Of(context, record.Name);
            record = record with { Uses = [.. secret.Places.Select(p => p.Words)], Services = secret.Services };
            return record with { Fingerprint = secret.Store.Fingerprint(await secret.ReadOneAsync(ct).ConfigureAwait(false)) };
        }
        catch (OpsException e) { return record with { Message = $"{record.Message} {e.Message}" }; }
    }

    /// <summary>How one is by what is kept of it; its places are not looked at.</summary>
    internal SecretRecord Judge(SecretEntry entry)
    {
        KeptSecret kept = new SecretStore(context).Read(entry.Name);
        DateTimeOffset now = context.Time.GetUtcNow();
        DateTimeOffset? due = kept.FinishedAt + entry.Every;
        (SecretStatus status, string words) = entry.Every is not { } every ? (SecretStatus.Fine,
            "Nobody says how often it is to be rotated.")
            : kept.FinishedAt is null ? (SecretStatus.Unknown, $"It is to be rotated every {DurationText.Show(every)}, and no rotation of "
                + "it is known: how old its value is nobody can tell, and -Due leaves it out.")
            : due <= now ? (SecretStatus.Overdue, $"It was to be rotated by {due:yyyy-MM-dd HH:mm}Z.")
            : (SecretStatus.Fine, $"It is to be rotated by {due:yyyy-MM-dd HH:mm}Z.");
        string? change = null;
        if (kept.Change is { } part && context.Journal.Find(part) is { } entryOfPart
            && (entryOfPart.Parent is { } parent && context.Journal.Find(parent) is { } found ? found : entryOfPart) is var whole
            && (kept.Pending is not null || whole.Outcome is JournalOutcome.Waiting or JournalOutcome.Running))
        {
            change = whole.Id;
            (status, words) = whole.Outcome switch
            {
                JournalOutcome.Waiting => (SecretStatus.Waiting, whole.Message ?? "A rotation waits."),
                JournalOutcome.Running => (SecretStatus.Waiting, $"It is being rotated ({whole.Id})."),
                _ => (SecretStatus.Unfinished, $"A rotation of it has not ended well and has left a new value ({whole.Id})."),
            };
        }
        return new SecretRecord
        {
            Environment = context.Environment.Name, Name = entry.Name, Kind = entry.Kind, Status = status, Message = words,
            LastFinished = kept.FinishedAt, Age = now - kept.FinishedAt, Every = entry.Every, Due = due, Change = change,
            Uses = [.. entry.Uses.Select(u => u.Secret ?? u.FileAsWritten ?? "environment of " + u.Service).Distinct()],
        };
    }
}
