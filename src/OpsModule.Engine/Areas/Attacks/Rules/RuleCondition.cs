namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>What a rule asks of the line as a whole instead of a text: the <c>condition:</c> of a rule.</summary>
public enum RuleCondition
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>The tenant who asks is another one than the tenant whose data it is, by a field of the line or by the path.</summary>
    TenantDiffers,
}
