namespace OpsModule.Engine.Areas.Recovery;

/// <summary>What a restore builds beside the live data.</summary>
/// <param name="ChangeId">The change that it is built by.</param>
/// <param name="Stage">The schema's or database's name until it is switched in.</param>
/// <param name="IsChecked">Whether planning has looked, a moment ago, at this backup in this store.</param>
/// <param name="Reached">Told of each point that it comes to.</param>
internal sealed record RestoreBuild(string ChangeId, string Stage, bool IsChecked, Func<string, Task> Reached);
