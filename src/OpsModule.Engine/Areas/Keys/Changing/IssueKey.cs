using System.Security;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Keys.Changing;

/// <summary>
/// Makes a key of an API, and gives it once. It is kept nowhere: what a run that was killed has made is found by the change's id, and
/// revoked.
/// </summary>
internal sealed class IssueKey : ChangeKind
{
    public const string KindName = "apikey.new", Create = "create";

    // What is called a secret in the journal is withheld there, its name, too.
    private const string SecretName = "entry", KeyName = "name", Reason = "reason";

    /// <summary>So long a key is looked for that may have been made, when the run ends.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    public override string Name => KindName;

    /// <summary>What was made, and whose answer was lost, is revoked.</summary>
    public override bool UndoesFailed => true;

    public override string WhyNotResumable => "a key is shown once, to who has asked for it, and would be shown to nobody";

    /// <summary>Keys are those of a secret: nobody rotates it meanwhile.</summary>
    public static string TargetOf(string secret) => "secret/" + secret;

    public static Dictionary<string, string> Arguments(string secret, string name, string? reason)
    {
        var all = new Dictionary<string, string> { [SecretName] = secret, [KeyName] = name };
        if (reason is not null) all[Reason] = reason;
        return all;
    }

    public override string TargetOf(ChangePlan plan) => TargetOf(plan.Arguments[SecretName]);

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        SecretEntry entry = EntryOf(context, plan.Arguments[SecretName]);
        return Task.FromResult<IReadOnlyList<PlanIdentity>>([new($"keys of {entry.Name}", KeyIssuers.Open(context, entry).Identity)]);
    }

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        SecretEntry entry = EntryOf(run.Context, run.Plan.Arguments[SecretName]);
        IKeyIssuer issuer = KeyIssuers.Open(run.Context, entry);
        string name = run.Plan.Arguments[KeyName];
        NewKey? made = null;
        try
        {
            await run.StepAsync(Create, async () =>
            {
                string value = (entry.ApiKey?.Prefix ?? "") + SecretGenerator.Make(entry.Length, entry.Alphabet);
                HiddenWords.Add(value);
                made = await KeyCreation.MakeAsync(issuer, run, KeyLabel.Of(name, run.Id), value, entry.Name, cancellationToken)
                    .ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        // A key may have been made whose answer was lost: nobody has it, and it must not stay valid.
        catch (Exception e)
        {
            using var limit = new CancellationTokenSource(Patience);
            try { await DiscardAsync(run, entry, issuer, name, run.Id, limit.Token).ConfigureAwait(false); }
            // Undo-OpsChange revokes it, when the place is reached again.
            catch (Exception) { throw ChangeRun.LeaveOpen(e); }
            throw;
        }
        return new ChangeResult($"The key {name} ({made!.Id}) was made by {issuer.Words}", new NewApiKey
        {
            Environment = run.Context.Environment.Name, Secret = entry.Name, Name = name, Id = made.Id, Key = Sealed(made.Value),
            Change = run.Id,
        });
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        SecretEntry entry = EntryOf(run.Context, run.Plan.Arguments[SecretName]);
        IReadOnlyList<string> revoked = [];
        await run.StepAsync("revoke", async () => revoked = await DiscardAsync(run, entry, KeyIssuers.Open(run.Context, entry),
            run.Plan.Arguments[KeyName], run.Undoes ?? run.Id, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return new ChangeResult(revoked.Count == 0 ? "No key had been made that is valid" : $"Revoked {string.Join(", ", revoked)}");
    }

    /// <summary>Revokes what a change has made.</summary>
    private static async Task<IReadOnlyList<string>> DiscardAsync(ChangeRun run, SecretEntry entry, IKeyIssuer issuer, string name,
        string change, CancellationToken ct)
    {
        string label = KeyLabel.Of(name, change);
        string[] lost = [.. (await issuer.ListAsync(ct).ConfigureAwait(false)).Where(k => !k.IsRevoked && k.Name == label)
            .Select(k => k.Id)];
        if (lost.Length > 0) await KeyRevocation.MakeAsync(issuer, run, lost, entry.Name, ct).ConfigureAwait(false);
        return lost;
    }

    internal static SecretEntry EntryOf(OpsContext context, string name) =>
        context.Environment.Section<SecretsSettings>().Entries.GetValueOrDefault(name) is { Kind: SecretKind.ApiKey } entry ? entry
            : throw ApiKeyErrors.ApiKeyUnknown.Make($"The environment {context.Environment.Name} has no secret {name} with keys of an API.",
                "Plan it anew.", name);

    private static SecureString Sealed(string text)
    {
        var secure = new SecureString();
        foreach (char c in text) secure.AppendChar(c);
        secure.MakeReadOnly();
        return secure;
    }
}
