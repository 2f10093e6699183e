using System.Net.Sockets;
using OpsModule.Engine.Areas.Secrets.Contract;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>A value of which nobody here can tell whether it is right, which is said and not passed over.</summary>
internal sealed class NoProof : IValueProof
{
    private const string Said = "nothing proves this value (proof: none)";

    public string DroppedByHand => "Make the old value invalid where it was made.";

    public IReadOnlyList<string> Warnings => ["Nothing proves the new value before it replaces the old one (proof: none)."];

    public void Check(SecretMaterial material)
    {
    }

    public string? HostOf(SecretMaterial material) => null;

    public SecretMaterial? Nobodys(SecretMaterial like) => null;

    public Task<ValueAnswer> AskAsync(SecretMaterial material, Func<string, int, CancellationToken, Task<Socket>>? way,
        CancellationToken cancellationToken) =>
        Task.FromResult(new ValueAnswer(null, Said, IsFinal: true));
}
