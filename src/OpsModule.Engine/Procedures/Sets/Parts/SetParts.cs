using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Procedures.Sets.Parts;

/// <summary>The kinds that a set holds, in the order in which they are backed up, and restored. A new one is one more line here.</summary>
internal static class SetParts
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ISetPart> Of(OpsContext context) => 
        [new DatabaseSetPart(context), new CacheSetPart(context), new ConfigurationSetPart(context)];
}
