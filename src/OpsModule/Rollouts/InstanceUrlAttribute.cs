using System.Management.Automation;
using OpsModule.Engine.Environments.Rollouts;

namespace OpsModule.Rollouts;

/// <summary>A URL that asks one instance: with <c>{instance}</c> in the place of its host.</summary>
internal sealed class InstanceUrlAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (!RolloutSettings.IsProbe($"{arguments}"))
            throw new ValidationMetadataException($"'{arguments}' asks no single instance: a URL with {{instance}} in the place of its host "
                + "was expected, as in http://{instance}:4000/health.");
    }
}
