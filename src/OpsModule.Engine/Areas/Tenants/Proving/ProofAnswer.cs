namespace OpsModule.Engine.Areas.Tenants.Proving;

/// <summary>What came of one request of a proof.</summary>
/// <param name="Said">What it says.</param>
/// <param name="Words">In a sentence, without a full stop.</param>
internal sealed record ProofAnswer(ProofSaid Said, string Words);

/// <summary>What an answer says of a tenant.</summary>
internal enum ProofSaid
{
    /// <summary>Nothing: nobody answered, or with what is neither.</summary>
    Nothing,
    /// <summary>It is refused.</summary>
    Refused,
    /// <summary>It is served.</summary>
    Served,
    /// <summary>Nobody was asked: the token that is declared has ended, and would be refused whatever is so.</summary>
    Unasked,
}
