using System.Management.Automation;
using System.Text.RegularExpressions;

namespace OpsModule.Rollouts;

/// <summary>A URL that asks one instance: with <c>{instance}</c> in the place of its host.</summary>
internal sealed partial class InstanceUrlAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        string text = $"{arguments}";
        if (!Expected().IsMatch(text))
            throw new ValidationMetadataException($"'{text}' asks no single instance: a URL with {{instance}} in the place of its host was expected, "
                + "as in http://{instance}:4000/health.");
    }

    [GeneratedRegex(@"^https?://\{instance\}(:[0-9]{1,5})?([/?]\S*)?\z")]
    private static partial Regex Expected();
}
