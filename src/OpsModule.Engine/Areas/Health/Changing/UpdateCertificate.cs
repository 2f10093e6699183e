using System.Globalization;
using OpsModule.Engine.Areas.Health.Renewal;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Health.Changing;

/// <summary>Renews a certificate where it is due, lets the web server load it, and proves that it is served.</summary>
internal sealed class UpdateCertificate : ChangeKind
{
    public const string KindName = "certificate.update";

    /// <summary>What the arguments are called.</summary>
    public const string CertificateName = "name", Endpoint = "endpoint", KeyType = "key-type", Renews = "renew", Timeout = "timeout";

    /// <summary>What its steps note: the folder with the old files, their SHA-256, that of the new ones, whether TLS was served.</summary>
    public const string Kept = "kept", Old = "old", New = "new", Served = "served";

    public override string Name => KindName;

    /// <summary>New files that are only not served stay, and may be taken back though the change has failed.</summary>
    public override bool UndoesFailed => true;

    public override string TargetOf(ChangePlan plan) => CertificatePlanner.TargetOf(plan.Arguments[CertificateName]);

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) =>
        Task.FromResult(Identities(context, SettingsOf(context, plan)));

    /// <summary>The file that was planned for, and the way in which it is served.</summary>
    public static IReadOnlyList<PlanIdentity> Identities(OpsContext context, CertificateSettings certificate) =>
    [
        new($"certificate in {certificate.ServedFile}", Sha256(context, certificate)),
        new($"what serves {certificate.Name}", $"{new ServingProgram(context, certificate).Description} at {certificate.Endpoint}"),
        new($"where certbot has {certificate.Name}", certificate.LiveFolder),
        .. new Certbot(context, certificate).Place is { } place ? (PlanIdentity[])[new($"what renews {certificate.Name}", place)] : [],
    ];

    public override string WhenStopped(ChangePlan plan) =>
        $"{plan.Action} {plan.Arguments[CertificateName]} was stopped; run it again, and it goes on from what is there.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        CertificateSettings certificate = SettingsOf(run.Context, run.Plan);
        CertificateLoad load = LoadOf(run, certificate);
        KeptFiles? KeptNow() => KeptFiles.At(run.Data.GetValueOrDefault(Kept));
        if (run.HasBegun(CertificateLoad.PutBack))
            throw await load.TakeBackAsync(run.Data[CertificateLoad.FailedId], run.Data[CertificateLoad.Failed], null, KeptNow(),
                cancellationToken).ConfigureAwait(false);
        bool renews = run.Plan.Arguments[Renews] == "true";
        await CheckAsync(run, certificate, cancellationToken).ConfigureAwait(false);
        if (renews) await RenewAsync(run, certificate, cancellationToken).ConfigureAwait(false);
        await load.RunAsync(renews ? KeptNow() : null, run.Data[Served] == "true", cancellationToken).ConfigureAwait(false);
        CertificateUpdate now = CertificatePlanner.Now(run.Context, certificate, renews ? CertificateOutcome.Renewed
            : CertificateOutcome.Reloaded, renews
            ? $"{certificate.Endpoint} serves the new chain. To go back: Undo-OpsChange {run.Id}."
                : $"{certificate.Endpoint} serves what {certificate.ServedFile} holds.");
        return new ChangeResult(now.Message, renews ? now with { Replaced = run.Data[Old], Kept = run.Data[Kept] } : now);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        CertificateSettings certificate = SettingsOf(run.Context, run.Plan);
        string? folder = run.Data.GetValueOrDefault(Kept);
        KeptFiles? kept = KeptFiles.At(folder);
        string now = Sha256(run.Context, certificate);
        bool isOld = folder is null || !run.HasBegun("renew") || (kept is null && now == run.Data[Old]);
        if (!run.IsDone(CertificateLoad.PutBack) && (isOld || run.HasBegun(CertificateLoad.PutBack + ChangeRun.EndOfStep)))
        {
            kept?.Discard();
            return new ChangeResult(isOld ? "No file had been replaced" : "The old files had been put back already");
        }
        string brought = run.Data.GetValueOrDefault(New) ?? now;
        if (!run.IsDone(CertificateLoad.PutBack)) CertificatePlanner.CheckGoesBack(run.Context, certificate, kept, [run.Data[Old],
            brought]);
        CertificateRecord old = await LoadOf(run, certificate).GoBackAsync(kept, cancellationToken).ConfigureAwait(false);
        CertificateUpdate update = CertificatePlanner.Now(run.Context, certificate, CertificateOutcome.PutBack,
            $"{certificate.Endpoint} serves the certificate valid until {old.NotAfter:yyyy-MM-dd HH:mm}Z again.") with { Replaced = brought };
        return new ChangeResult(update.Message, update);
    }

    /// <summary>Settings that are broken already must not be found out about when the old certificate is replaced.</summary>
    private static async Task CheckAsync(ChangeRun run, CertificateSettings certificate, CancellationToken cancellationToken)
    {
        if (run.IsDone("check")) return;
        bool broken = (await new CertificateProof(run.Context, certificate).LookAsync(cancellationToken).ConfigureAwait(false)).Broken;
        await run.StepAsync("check", () => new ServingProgram(run.Context, certificate).TestAsync(cancellationToken),
            new Dictionary<string, string> { [Old] = Sha256(run.Context, certificate), [Served] = broken ? "false"
                : "true" }).ConfigureAwait(false);
    }

    private static async Task RenewAsync(ChangeRun run, CertificateSettings certificate, CancellationToken cancellationToken)
    {
        await run.StepAsync("keep", () => Task.Run(() => KeptFiles.Keep(run.Data[Kept], certificate), cancellationToken),
            new Dictionary<string, string> { [Kept] = KeptFiles.NewFolder(run.Context, certificate) }).ConfigureAwait(false);
        bool IsOld() => Sha256(run.Context, certificate) == run.Data[Old];
        try
        {
            await run.StepAsync("renew", async () =>
            {
                // What a run that was killed has renewed is not renewed again.
                if (IsOld()) await new Certbot(run.Context, certificate).RenewAsync(cancellationToken).ConfigureAwait(false);
                if (IsOld()) throw CertificateErrors.CertificateNotRenewed.Make($"certbot ended well, but {certificate.ServedFile} holds the same certificate as before.",
                    "Does 'file:' of the environment file name what certbot renews? What is served was not touched.", certificate.Name);
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OpsException or OperationCanceledException && IsOld())
        {
            KeptFiles.At(run.Data[Kept])?.Discard();
            throw;
        }
    }

    private static CertificateLoad LoadOf(ChangeRun run, CertificateSettings certificate) => new(run.Context, certificate,
        TimeSpan.ParseExact(run.Plan.Arguments[Timeout], "c", CultureInfo.InvariantCulture), run.StepAsync);

    private static CertificateSettings SettingsOf(OpsContext context, ChangePlan plan) =>
        CertificatePlanner.SettingsOf(context, plan.Arguments[CertificateName], plan.Arguments[Endpoint],
            plan.Arguments.GetValueOrDefault(KeyType));

    private static string Sha256(OpsContext context, CertificateSettings certificate) => ServedFile.Read(certificate.ServedFile,
        context.Time).Certificate.Sha256;
}
