namespace OpsModule.Connections.Vaults;

/// <summary>The vault that references of the form <c>vault:NAME</c> are read from, for the call that runs and whatever it starts.</summary>
public static class SecretVault
{
    private static readonly AsyncLocal<ISecretVault?> Reader = new();

    /// <summary>The vault of this call; null where there is none.</summary>
    public static ISecretVault? Current
    {
        get => Reader.Value;
        set => Reader.Value = value;
    }
}
