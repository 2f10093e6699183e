using System.Net;

namespace OpsModule.Engine.Areas.Attacks.Allowing;

/// <summary>
/// Finds the entries of an allow-list that may hold for an address: by its networks, for each length of a prefix that there is, and those
/// that name no address.
/// </summary>
internal sealed class AllowIndex
{
    private readonly int[] _withoutAddress;
    private readonly Dictionary<IPNetwork, List<int>> _networks = [];
    private readonly int[] _prefixes4, _prefixes6;

    /// <summary>Makes it.</summary>
    /// <param name="entries">The entries in their order, which is kept.</param>
    public AllowIndex(IReadOnlyList<AllowEntry> entries)
    {
        _withoutAddress = [.. Enumerable.Range(0, entries.Count).Where(i => entries[i].Network is null)];
        for (int i = 0; i < entries.Count; i++)
        {
            if (entries[i].Network is not { } network) continue;
            if (!_networks.TryGetValue(network, out List<int>? same)) _networks[network] = same = [];
            same.Add(i);
        }
        ILookup<bool, int> prefixes = _networks.Keys.ToLookup(n => Length(n.BaseAddress) == 4, n => n.PrefixLength);
        (_prefixes4, _prefixes6) = ([.. prefixes[true].Distinct()], [.. prefixes[false].Distinct()]);
    }

    /// <summary>The places of the entries that may hold, in their order.</summary>
    /// <param name="address">The address; null when there is none.</param>
    public IReadOnlyList<int> Of(IPAddress? address)
    {
        if (address is null || _networks.Count == 0) return _withoutAddress;
        List<int>? found = null;
        foreach (int prefix in Length(address) == 4 ? _prefixes4 : _prefixes6)
            if (_networks.TryGetValue(new IPNetwork(Masked(address, prefix), prefix), out List<int>? same)) (found ??= []).AddRange(same);
        if (found is null) return _withoutAddress;
        found.AddRange(_withoutAddress);
        found.Sort();
        return found;
    }

    private static int Length(IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 4 : 16;

    private static IPAddress Masked(IPAddress address, int prefix)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++) bytes[i] &= (byte)(0xFF00 >> Math.Clamp(prefix - i * 8, 0, 8));
        return new IPAddress(bytes);
    }
}
