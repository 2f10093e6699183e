using System.Globalization;
using System.Security.Cryptography.X509Certificates;
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
    public const string CertificateName = "name", Endpoint = "endpoint", KeyType = "key-type", Renews = "renew", Timeout = "timeout",
        Compromised = "compromised";

    /// <summary>The version of the arguments with which an old certificate is revoked. Versions before know of none.</summary>
    public const int RevokingFormat = 2;

    private const string Renew = "renew", Revoke = "revoke";

    /// <summary>What its steps note: the folder with the old files, their SHA-256, that of the new ones, whether TLS was served.</summary>
    public const string Kept = "kept", Old = "old", New = "new", Served = "served";

    public override string Name => KindName;

    public override int Format => RevokingFormat;

    public override bool Reads(int format) => format is 1 or RevokingFormat;

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
        bool renews = run.Plan.Arguments[Renews] == "true", revokes = Revokes(run.Plan);
        await CheckAsync(run, certificate, cancellationToken).ConfigureAwait(false);
        bool hasBegun = run.HasBegun(Renew);
        try
        {
            if (renews) await RenewAsync(run, certificate, () => hasBegun = true, cancellationToken).ConfigureAwait(false);
            await load.RunAsync(renews ? KeptNow() : null, run.Data[Served] == "true", cancellationToken).ConfigureAwait(false);
            if (revokes) await RevokeAsync(run, certificate, cancellationToken).ConfigureAwait(false);
        }
        // A change that ends here would be made anew, and the certificate of now revoked in place of the compromised one.
        catch (Exception e) when (revokes && e is OpsException or OperationCanceledException && !run.IsDone(CertificateLoad.PutBack)
            && hasBegun && (e is OperationCanceledException || run.IsDone(Renew) || IsReplaced(run, certificate)))
        {
            throw ChangeRun.LeaveOpen(e);
        }
        CertificateUpdate now = CertificatePlanner.Now(run.Context, certificate, renews ? CertificateOutcome.Renewed
            : CertificateOutcome.Reloaded, renews
            ? revokes ? $"{certificate.Endpoint} serves a new chain with a new key, and the authority has revoked the old certificate. "
                + $"Nothing brings it back."
                : $"{certificate.Endpoint} serves the new chain. To go back: Undo-OpsChange {run.Id}."
                : $"{certificate.Endpoint} serves what {certificate.ServedFile} holds.");
        return new ChangeResult(now.Message, renews ? now with { Replaced = run.Data[Old], Kept = revokes ? null : run.Data[Kept] } : now);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        CertificateSettings certificate = SettingsOf(run.Context, run.Plan);
        if (run.HasBegun(Revoke))
            throw ChangeErrors.ChangeNotUndoable.Make($"The certificate that {certificate.Name} had before is "
                + $"revoked{(run.HasBegun(Revoke + ChangeRun.EndOfStep) ? "" : ", or may be")}: nothing brings it back.",
                run.HasBegun(Revoke + ChangeRun.EndOfStep) ? $"The new one is served. For another: {run.Plan.Action} {certificate.Name} "
                    + $"-Force." : "Bring the change to its end: Resume-OpsChange.", run.Plan.Target);
        string? folder = run.Data.GetValueOrDefault(Kept);
        KeptFiles? kept = KeptFiles.At(folder);
        string now = Sha256(run.Context, certificate);
        bool isOld = folder is null || !run.HasBegun(Renew) || (kept is null && now == run.Data[Old]);
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

    /// <summary>Whether another certificate than that of before may be there: what cannot be read may be half replaced.</summary>
    private static bool IsReplaced(ChangeRun run, CertificateSettings certificate)
    {
        try { return Sha256(run.Context, certificate) != run.Data[Old]; }
        catch (OpsException) { return true; }
    }

    private static async Task RenewAsync(ChangeRun run, CertificateSettings certificate, Action begins, CancellationToken cancellationToken)
    {
        await run.StepAsync("keep", () => Task.Run(() => KeptFiles.Keep(run.Data[Kept], certificate), cancellationToken),
            new Dictionary<string, string> { [Kept] = KeptFiles.NewFolder(run.Context, certificate) }).ConfigureAwait(false);
        bool IsOld() => Sha256(run.Context, certificate) == run.Data[Old];
        bool HasOldKey() => Revokes(run.Plan) && KeptFiles.At(run.Data[Kept]) is { } kept
            && Key(kept.CertificateFile) == Key(certificate.ServedFile);
        try
        {
            await run.StepAsync(Renew, async () =>
            {
                begins();
                // What a run that was killed has renewed is not renewed again, unless with the key that is to go.
                if (IsOld() || HasOldKey()) await new Certbot(run.Context, certificate).RenewAsync(cancellationToken,
                    Revokes(run.Plan)).ConfigureAwait(false);
                if (IsOld()) throw CertificateErrors.CertificateNotRenewed.Make($"certbot ended well, but {certificate.ServedFile} holds the same certificate as before.",
                    "Does 'file:' of the environment file name what certbot renews? What is served was not touched.", certificate.Name);
                if (HasOldKey())
                    throw CertificateErrors.CertificateKeyKept.Make($"certbot has renewed {certificate.Name} with the key that is "
                        + $"compromised.",
                        "Update certbot (1.31 or later knows --new-key), and go on (Resume-OpsChange): it renews once more. Nothing was "
                        + "revoked.", certificate.Name);
            }).ConfigureAwait(false);
        }
        // Whoever stops certbot may find later that it had gone on: the old files are needed then.
        catch (Exception e) when (e is OpsException or OperationCanceledException && !(e is OperationCanceledException && Revokes(run.Plan))
            && IsOld())
        {
            KeptFiles.At(run.Data[Kept])?.Discard();
            throw;
        }
    }

    /// <summary>Lets the authority revoke what was served before, and forgets its key.</summary>
    private static async Task RevokeAsync(ChangeRun run, CertificateSettings certificate, CancellationToken cancellationToken)
    {
        await run.StepAsync(Revoke, () => new Certbot(run.Context,
            certificate).RevokeAsync(KeptFiles.At(run.Data[Kept]) ?? throw KeptFiles.Gone(certificate),
            cancellationToken)).ConfigureAwait(false);
        await run.StepAsync("forget", () => Task.Run(() => KeptFiles.At(run.Data[Kept])?.Discard(),
            CancellationToken.None)).ConfigureAwait(false);
    }

    /// <summary>Whether the old certificate is to be revoked.</summary>
    internal static bool Revokes(ChangePlan plan) => plan.Arguments.GetValueOrDefault(Compromised) == "true";

    private static string Key(string file)
    {
        using var certificate = new X509Certificate2(file);
        return Convert.ToHexString(certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    private static CertificateLoad LoadOf(ChangeRun run, CertificateSettings certificate) => new(run.Context, certificate,
        TimeSpan.ParseExact(run.Plan.Arguments[Timeout], "c", CultureInfo.InvariantCulture), run.StepAsync);

    private static CertificateSettings SettingsOf(OpsContext context, ChangePlan plan) =>
        CertificatePlanner.SettingsOf(context, plan.Arguments[CertificateName], plan.Arguments[Endpoint],
            plan.Arguments.GetValueOrDefault(KeyType));

    private static string Sha256(OpsContext context, CertificateSettings certificate) => ServedFile.Read(certificate.ServedFile,
        context.Time).Certificate.Sha256;
}
