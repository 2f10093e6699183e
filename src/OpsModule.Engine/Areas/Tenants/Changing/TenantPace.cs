using System.Globalization;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>Whether a tenant was refused as soon as it has to be, counted from the first thing that cut it off.</summary>
internal static class TenantPace
{
    /// <summary>What is kept of a suspension, with how long it took; a word of it where that was too long.</summary>
    public static KeptTenant Judge(OpsContext context, KeptTenant kept, double seconds)
    {
        if (!kept.IsProven) return kept with { Seconds = null, Late = null };
        double took = Math.Round(seconds, 2);
        TimeSpan within = context.Environment.Section<TenantSettings>().Within;
        string? late = took <= within.TotalSeconds ? null : string.Create(CultureInfo.InvariantCulture, $"it took {took} s until each "
            + $"instance refused it, longer than {DurationText.Show(within)} (tenants.within)");
        return kept with { Seconds = took, Late = late, Proofs = late is null ? kept.Proofs : [.. kept.Proofs, late] };
    }
}
