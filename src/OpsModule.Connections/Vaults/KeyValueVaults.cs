namespace OpsModule.Connections.Vaults;

/// <summary>The vaults that an environment names.</summary>
/// <param name="all">All of them.</param>
public sealed class KeyValueVaults(IReadOnlyList<KeyValueVaultOptions> all)
{
    // An environment is bound on one thread, in one go.
    [ThreadStatic]
    private static KeyValueVaults? s_bound;

    /// <summary>All of them.</summary>
    public IReadOnlyList<KeyValueVaultOptions> All => all;

    /// <summary>Those of the environment that is being read; the references that are made meanwhile are of it, and know them.</summary>
    internal static KeyValueVaults? Bound => s_bound;

    /// <summary>Lets the references that this thread makes until the end know these vaults.</summary>
    public static IDisposable Bind(KeyValueVaults? vaults)
    {
        var before = new Binding(s_bound);
        s_bound = vaults;
        return before;
    }

    /// <summary>The vault of this name, in any case; null for a name that is none.</summary>
    public KeyValueVaultOptions? Find(string name) => all.FirstOrDefault(v => v.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private sealed class Binding(KeyValueVaults? before) : IDisposable
    {
        public void Dispose() => s_bound = before;
    }
}
