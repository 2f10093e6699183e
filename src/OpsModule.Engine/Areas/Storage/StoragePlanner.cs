using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Storage;

/// <summary>Plans what is cleared away.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class StoragePlanner(OpsContext context)
{
    /// <summary>The removal of one thing.</summary>
    /// <param name="item">What.</param>
    /// <param name="olderThan">How long nobody may have used it, which the build cache is asked for.</param>
    public ChangePlan Plan(StorageItem item, TimeSpan olderThan) => ClearStorage.Plan(context, item, olderThan);
}
