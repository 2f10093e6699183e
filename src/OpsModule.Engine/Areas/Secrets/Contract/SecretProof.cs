namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>Whether a value was accepted, or refused, and how that was seen.</summary>
/// <param name="IsProven">True when it was seen; false when it was not, or the contrary was.</param>
/// <param name="Words">What was seen, in a sentence, without the value: <c>app_b logged in to shop over scram-sha-256</c>.</param>
/// <param name="From">From where it was asked: <c>api-2</c>, <c>this machine</c>.</param>
/// <param name="IsFinal">True when asking again brings nothing: <c>trust</c> accepts every value.</param>
/// <param name="IsAway">True when nobody answered, so that nothing is known of the value.</param>
internal sealed record SecretProof(bool IsProven, string Words, string From, bool IsFinal = false, bool IsAway = false);
