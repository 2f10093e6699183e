using System.Net.Sockets;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>
/// How a value that others made is seen to be accepted, or refused; and how it is set where they have an API for that, which most have not.
/// </summary>
internal interface IValueProof
{
    /// <summary>What people must do to end the old one.</summary>
    string DroppedByHand { get; }

    /// <summary>What people should know before.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>Looks whether a value has the form that it must have, without asking anybody.</summary>
    /// <exception cref="OpsException"><c>SecretValueInvalid</c>.</exception>
    void Check(SecretMaterial material);

    /// <summary>The host that is asked about a value; null where nobody is.</summary>
    string? HostOf(SecretMaterial material);

    /// <summary>
    /// A value that nobody has, of the form of another: it must be refused, or an accepted one proves nothing. Null where nobody is asked.
    /// </summary>
    SecretMaterial? Nobodys(SecretMaterial like);

    /// <summary>What a rotation comes to: as a rule nothing is set, and old and new count at once.</summary>
    /// <param name="current">The present value; null where it is not known.</param>
    /// <exception cref="OpsException"><c>SecretValueUnknown</c>: the present one is needed.</exception>
    SecretSurvey Look(SecretMaterial? current) => new()
    {
        Identities = [], Overlaps = true, SetWords = "Nothing is set: the new value counts where it was made, beside the old one.",
        DroppedByHand = DroppedByHand,
    };

    /// <summary>Sets a value in the place of the present one; as a rule it counts already, and nothing is done.</summary>
    /// <param name="run">The change.</param>
    /// <param name="current">The present value; null where it is not known.</param>
    /// <param name="pending">The one that is to count.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task SetAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    /// <summary>Tries a value.</summary>
    /// <param name="material">The value.</param>
    /// <param name="way">Makes the connections, to a host and a port, in another network; null in this machine's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>True when it was accepted, false when it was refused as wrong, null when neither was seen; and how, in words.</returns>
    Task<ValueAnswer> AskAsync(SecretMaterial material, Func<string, int, CancellationToken, Task<Socket>>? way,
        CancellationToken cancellationToken);
}

/// <summary>What was seen of a value.</summary>
/// <param name="IsAccepted">True: accepted; false: refused as wrong; null: neither was seen.</param>
/// <param name="Words">What was seen, without the value.</param>
/// <param name="IsFinal">True when asking again brings nothing.</param>
/// <param name="IsAway">True when nobody answered.</param>
internal sealed record ValueAnswer(bool? IsAccepted, string Words, bool IsFinal = false, bool IsAway = false);
