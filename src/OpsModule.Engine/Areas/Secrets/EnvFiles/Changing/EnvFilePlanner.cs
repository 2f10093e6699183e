using System.Text;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.EnvFiles.Changing;

/// <summary>Plans another value for a key of an env file.</summary>
public sealed class EnvFilePlanner(OpsContext context)
{
    /// <summary>Plans it; null when the key has this value.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="key">The variable, which need not be there yet.</param>
    /// <param name="value">The value.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>EnvFileInvalid</c>, <c>SecretValueNotCarried</c>, <c>SecretPlaceUnclear</c>, and what reading
    /// the file
    /// throws.</exception>
    public async Task<ChangePlan?> PlanAsync(string path, string key, string value, CancellationToken cancellationToken)
    {
        EnvFilePlace place = SetEnvFileValue.PlaceOf(context, path, key);
        var material = new SecretMaterial(value);
        SecretMaterial? now = await place.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (material.Equals(now)) return null;
        await place.CheckAsync(material, cancellationToken).ConfigureAwait(false);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = SetEnvFileValue.KindName, Action = "Set-OpsEnvFileValue",
            Target = SetEnvFileValue.TargetOf(path), Subject = $"{key} of {path}",
            Summary = $"{(now is null ? "Write" : "Give another value to")} {key} in {path}; {SetEnvFileValue.Readers(place.Services)}",
            Arguments = new Dictionary<string, string>
            {
                [SetEnvFileValue.File] = path, [SetEnvFileValue.Key] = key, [SetEnvFileValue.Value] = "value-" + SealedBytes.NewName(),
            },
            Identities = [SetEnvFileValue.Identity(context, path)], PlannedAt = context.Time.GetUtcNow(),
            Steps =
            [
                new PlannedStep("keep", "Keep the file as it is, sealed, in the state folder."),
                new PlannedStep("write", $"Write {key}, ask Compose whether services get it, and put the file back when they do not."),
                new PlannedStep("forget", "Take away the sealed value, and what was kept of earlier changes of the file."),
            ],
            Undo = "Undo-OpsChange puts the file back, as long as nobody has changed it since.",
            Warnings = [.. ShellOverride.Find([place]).Select(o => $"{o.Words}. {ShellOverride.RemedyOf(o.Name)}")],
        };
    }

    /// <summary>Keeps the value of a plan that is about to be run; sealed in the state folder.</summary>
    public void Keep(ChangePlan plan, string value)
    {
        var kept = new SealedBytes(context);
        kept.Sweep();
        kept.Write(plan.Arguments[SetEnvFileValue.Value], Encoding.UTF8.GetBytes(value));
    }
}
