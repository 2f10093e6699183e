using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Showing;

/// <summary>Proves that the value that counts now is the one that is used. Nothing is changed.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class SecretTester(OpsContext context)
{
    /// <summary>Looks at one secret.</summary>
    /// <param name="name">Its name, as the environment file has it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<SecretTestResult> TestAsync(string name, CancellationToken cancellationToken)
    {
        OpenedSecret secret = OpenedSecret.Of(context, name);
        var proofs = new List<string>();
        var findings = new List<string>();
        // Keys of others' programs are made and revoked; nothing here holds one that could be tried.
        if (secret.Entry is { Kind: SecretKind.ApiKey, Uses.Count: 0 })
            return new SecretTestResult
            {
                Environment = context.Environment.Name, Name = name, Kind = SecretKind.ApiKey, Passed = true,
                Findings = ["No key of it stands in a place here, so that none was tried: Get-OpsApiKey lists them."],
            };
        bool passed = true;
        string? print = null;
        try
        {
            SecretMaterial current = await secret.ReadOneAsync(cancellationToken).ConfigureAwait(false);
            print = secret.Store.Fingerprint(current);
            SecretProof proof = await secret.Driver.ProveAsync(current, cancellationToken).ConfigureAwait(false);
            (proof.IsProven ? proofs : findings).Add($"{proof.Words} ({proof.From}).");
            passed &= proof.IsProven || proof.IsFinal;
            (bool seen, string words) = await new ServicesInUse(context, secret).ProveAsync(null, current, secret.RunningReaders,
                cancellationToken).ConfigureAwait(false);
            (seen ? proofs : findings).Add(words + ".");
        }
        catch (OpsException e)
        {
            passed = false;
            findings.Add(e.Message);
        }
        if (secret.Store.Read(name).Pending is not null) findings.Add("A rotation of it has not ended: Get-OpsSecret tells which.");
        return new SecretTestResult
        {
            Environment = context.Environment.Name, Name = secret.Entry.Name, Kind = secret.Entry.Kind, Passed = passed,
                Fingerprint = print,
            Proofs = proofs, Findings = findings,
        };
    }
}
