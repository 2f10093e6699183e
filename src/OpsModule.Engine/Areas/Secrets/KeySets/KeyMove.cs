using OpsModule.Engine.Areas.Secrets.Contract;

namespace OpsModule.Engine.Areas.Secrets.KeySets;

/// <summary>What is done to places that accept a value: from one to another.</summary>
/// <param name="Phase">How far.</param>
/// <param name="From">The value that counts before.</param>
/// <param name="To">The value that counts afterwards.</param>
/// <param name="FromId">The id of the former, where values have ids: the same for the same value, and nothing tells the value from
/// it.</param>
/// <param name="ToId">The id of the latter.</param>
internal sealed record KeyMove(KeyPhase Phase, SecretMaterial From, SecretMaterial To, string FromId, string ToId)
{
    /// <summary>True where the new value takes the place of all others of a place, too, whoever has them.</summary>
    public bool IsAlone { get; init; }

    /// <summary>The same the other way round: to take a phase back.</summary>
    public KeyMove Back(KeyPhase phase) => new(phase, To, From, ToId, FromId);

    /// <summary>It shows no value.</summary>
    public override string ToString() => $"{Phase}: {FromId} to {ToId}";
}
