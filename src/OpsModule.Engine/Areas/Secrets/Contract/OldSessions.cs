namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>Sessions that still run on an old value.</summary>
/// <param name="Count">How many.</param>
/// <param name="Words">Whose: <c>2 of app_a from 172.18.0.5</c>; empty for none.</param>
internal sealed record OldSessions(int Count, string Words);
