namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>Sessions that still run on an old value.</summary>
/// <param name="Count">How many.</param>
/// <param name="Words">Whose: <c>2 of app_a from 172.18.0.5</c>; empty for none.</param>
internal sealed record OldSessions(int Count, string Words)
{
    /// <summary>True where what tells of them does not reach back far enough: that there is none is not known.</summary>
    public bool IsBlind { get; init; }

    /// <summary>True where the old value may not be dropped yet.</summary>
    public bool Waits => Count > 0 || IsBlind;
}
