using System.Globalization;
using OpsModule.Engine.Areas.Health.Renewal;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health.Changing;

/// <summary>Looks at a certificate's file and at its endpoint, and plans what is to be done. Nothing is changed.</summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="certificate">Which one.</param>
public sealed class CertificatePlanner(OpsContext context, CertificateSettings certificate)
{
    private const string Action = "Update-OpsCertificate", RevokedForGood = "A certificate that is revoked cannot be brought back: "
        + "whoever serves it elsewhere serves a bad one from then on.";

    /// <summary>Plans an update.</summary>
    /// <returns>The plan; null when nothing is left to do, and then how the certificate is.</returns>
    /// <exception cref="OpsException"><c>CertificateUnreadable</c>, <c>PlanInvalid</c> for a name that is a path.</exception>
    public async Task<(ChangePlan? Plan, CertificateUpdate Now)> PlanAsync(CertificateUpdateRequest request,
        CancellationToken cancellationToken)
    {
        string target = TargetOf(certificate.Name);
        CertificateRecord file = ServedFile.Read(certificate.ServedFile, context.Time).Certificate;
        (string? difference, bool broken) = await new CertificateProof(context,
            certificate).LookAsync(cancellationToken, refusesUnknownName: true).ConfigureAwait(false);
        bool due = request.Force || request.Compromised || file.Left <= request.Within;
        if (request.Compromised) CheckIsFirst();
        var certbot = new Certbot(context, certificate);
        if (due) certbot.CheckKnows();
        string left = file.Left < TimeSpan.Zero ? $"It expired on {file.NotAfter:yyyy-MM-dd HH:mm}Z"
            : $"It is valid for {DurationText.Show(file.Left)}, until {file.NotAfter:yyyy-MM-dd HH:mm}Z";
        string server = new ServingProgram(context, certificate).Description, prove = $"prove what {certificate.Endpoint} serves";
        string revoke = request.Compromised ? ", with a new key; then let the authority revoke the certificate of now (keyCompromise)" : "";
        string summary = due
            ? $"{left}. Renew it with certbot{(certbot.Place is { } place ? $" of {place}" : "")} (--cert-name {certificate.Lineage}), "
                + $"reload {server}, and prove that {certificate.Endpoint} serves the new chain{revoke}"
            : $"{left}{(broken ? $". Whether it is served cannot be told: {difference}" : difference is null ? ", and is served" : $", but {difference}")}. Reload {server} and {prove}";
        string? interrupted = Interrupted();
        CertificateUpdate now = Now(context, certificate, CertificateOutcome.NotDue,
            $"{left}, and is served.{(interrupted is null ? "" : " " + interrupted)}");
        if (!due && difference is null) return (null, now);
        var arguments = new Dictionary<string, string>
        {
            [UpdateCertificate.CertificateName] = certificate.Name, [UpdateCertificate.Endpoint] = certificate.Endpoint,
                [UpdateCertificate.Renews] = due ? "true" : "false",
            [UpdateCertificate.Timeout] = request.Timeout.ToString("c", CultureInfo.InvariantCulture),
        };
        if (request.Compromised) arguments[UpdateCertificate.Compromised] = "true";
        if (certificate.KeyType is { } keyType && due) arguments[UpdateCertificate.KeyType] = keyType;
        return (new ChangePlan
        {
            Environment = context.Environment.Name, Kind = UpdateCertificate.KindName, Action = Action, Target = target,
                PlannedAt = context.Time.GetUtcNow(),
            Subject = $"certificate {certificate.Name} at {certificate.Endpoint}", Summary = summary, Arguments = arguments,
                Identities = UpdateCertificate.Identities(context, certificate),
            Figures = [new PlanFigure("is valid until", $"{file.NotAfter:yyyy-MM-dd HH:mm}Z")], Steps = Steps(due, server,
                request.Compromised),
            Warnings = [.. interrupted is null ? (string[])[] : [interrupted], .. request.Compromised ? (string[])[RevokedForGood] : []],
            Irreversible = request.Compromised, Format = request.Compromised ? UpdateCertificate.RevokingFormat : 1,
            Undo = request.Compromised ? null : due ? "the files from before are put back and loaded"
                : "no file is replaced; nothing is left to take back",
        }, now);
    }

    /// <summary>Lets certbot try a renewal without keeping anything.</summary>
    /// <exception cref="OpsException"><c>CertbotFailed</c>.</exception>
    public async Task<CertificateUpdate> TryAsync(CancellationToken cancellationToken)
    {
        TargetOf(certificate.Name);
        await new Certbot(context, certificate).TryAsync(cancellationToken).ConfigureAwait(false);
        return Now(context, certificate, CertificateOutcome.Tried, "certbot could renew it now (--dry-run). Nothing was kept.");
    }

    /// <summary>The settings that a name means: of the environment file, or of certbot alone.</summary>
    internal static CertificateSettings SettingsOf(OpsContext context, string name, string endpoint, string? keyType) =>
        context.Environment.Certificates.TryGetValue(name, out CertificateSettings? known)
        ? known with { Endpoint = endpoint, KeyType = keyType ?? known.KeyType } : new CertificateSettings { Name = name, Lineage = name,
            Endpoint = endpoint, KeyType = keyType };

    /// <summary>The target of a name, which is that of a folder, too.</summary>
    /// <exception cref="OpsException"><c>PlanInvalid</c>.</exception>
    internal static string TargetOf(string name) => name.Length > 0 && name[0] is not ('.' or '-') && !name.Any(c => c is '/' or '\\'
        || char.IsControl(c))
        ? "certificate/" + name : throw ChangeErrors.PlanInvalid.Make($"'{name}' is no name of a certificate.",
            "It holds no slash and begins with no dot and no minus.", name);

    /// <summary>Refuses to put old files back over others than those that the renewal has brought.</summary>
    /// <exception cref="OpsException"><c>NothingKept</c>, <c>OldCertificateExpired</c>, <c>ChangeNotUndoable</c>.</exception>
    internal static void CheckGoesBack(OpsContext context, CertificateSettings certificate, KeptFiles? kept, IReadOnlyList<string> expected)
    {
        if (kept is null) throw KeptFiles.Gone(certificate);
        CertificateRecord old = ServedFile.Read(kept.CertificateFile, context.Time).Certificate;
        if (old.Left <= TimeSpan.Zero)
            throw CertificateErrors.OldCertificateExpired.Make($"The certificate that was kept in {kept.Folder} expired on {old.NotAfter:yyyy-MM-dd HH:mm}Z.", $"Renew instead: {Action} {certificate.Name} -Force.", certificate.Name);
        if (KeptFiles.Last(context, certificate) is { } last && last.Folder != kept.Folder)
            throw ChangeErrors.ChangeNotUndoable.Make($"A later renewal of {certificate.Name} has kept its files in {last.Folder}.",
                "Take that one back first: Get-OpsChange shows it.", certificate.Name);
        if (!expected.Contains(ServedFile.Read(certificate.ServedFile, context.Time).Certificate.Sha256))
            throw ChangeErrors.ChangeNotUndoable.Make($"{certificate.ServedFile} holds another certificate than this renewal has brought: somebody has renewed it since.",
                $"Leave it, or copy the files of {kept.Folder} to {certificate.LiveFolder} by hand and reload the web server.",
                    certificate.Name);
    }

    /// <summary>How a certificate is now.</summary>
    internal static CertificateUpdate Now(OpsContext context, CertificateSettings certificate, CertificateOutcome outcome, string message)
    {
        CertificateRecord now = ServedFile.Read(certificate.ServedFile, context.Time).Certificate;
        return new CertificateUpdate
        {
            Name = certificate.Name, Endpoint = certificate.Endpoint, File = certificate.ServedFile, Outcome = outcome,
            NotAfter = now.NotAfter, Left = now.Left, Sha256 = now.Sha256, Message = message,
        };
    }

    private string? Interrupted() => context.Journal.FindUnfinished(TargetOf(certificate.Name)).LastOrDefault() is { } earlier
        ? $"The change {earlier.Id} of {earlier.StartedAt:u} was interrupted at '{earlier.LastStep ?? "its beginning"}': Resume-OpsChange {earlier.Id} brings it to its end." : null;

    /// <summary>A second one would revoke what the first has brought, and leave the compromised one valid.</summary>
    private void CheckIsFirst()
    {
        var plans = new ChangeFolder(context.Environment.StateDirectory);
        if (context.Journal.FindUnfinished(TargetOf(certificate.Name)).LastOrDefault(u => plans.Find(u.Id) is { } plan
            && UpdateCertificate.Revokes(plan)) is { } earlier)
            throw CertificateErrors.RevocationUnfinished.Make($"The change {earlier.Id} replaces the compromised certificate of "
                + $"{certificate.Name}, and has not come to its end ({earlier.LastStep ?? "its beginning"}).",
                $"Resume-OpsChange {earlier.Id} goes on with it and revokes the old one.", certificate.Name);
    }

    private PlannedStep[] Steps(bool renews, string server, bool revokes)
    {
        PlannedStep[] renewal = !renews ? [] : [new("keep", "Copy the old files into the state folder."), new("renew",
            $"Let certbot renew {certificate.Lineage}{(revokes ? " with a new key" : "")}.")];
        PlannedStep[] revocation = !revokes ? [] : [new("revoke", "Let certbot have the old certificate revoked, because of its key."),
            new("forget", "Remove the copies of the old files.")];
        return [new("check", $"Test the settings of {server}."), .. renewal, new("test",
            $"Test the settings of {server} with what the file holds."), new("reload", $"Reload {server}."),
            new("prove", $"Look at {certificate.Endpoint} until it serves what the file holds."), .. revocation];
    }
}
