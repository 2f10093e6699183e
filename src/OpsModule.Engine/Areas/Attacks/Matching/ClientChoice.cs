using System.Net;
using OpsModule.Engine.Areas.Attacks.Blocking;
using OpsModule.Engine.Areas.Attacks.Formats;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Chooses who asked among the addresses of a line: the other end of the connection; when that is a proxy that is trusted, whom the proxies name; when it is
/// in a private network, whom the server names. Two different ones of the same weight cannot be told apart: then nobody is.
/// </summary>
internal sealed class ClientChoice
{
    private struct Candidate
    {
        public Range Place;
        public int Depth;
        public bool IsDoubtful, IsGeneric, IsFlat;

        public readonly bool IsEmpty => Place.Equals(default(Range));
    }

    private Candidate _peer, _client, _loose;
    private Range _forwarded;
    private bool _isForwardedDoubtful;

    /// <summary>True when nothing was told.</summary>
    public bool IsEmpty => _peer.Place.Equals(default(Range)) && _client.Place.Equals(default(Range))
        && _loose.Place.Equals(default(Range)) && _forwarded.Equals(default(Range));

    public void Clear()
    {
        _peer = _client = _loose = default;
        (_forwarded, _isForwardedDoubtful) = (default, false);
    }

    /// <summary>Takes a field that holds an address or, of proxies, a list of them.</summary>
    public void Add(ReadOnlySpan<byte> line, FieldMeaning meaning, int start, int length, FieldPlace place)
    {
        if (meaning == FieldMeaning.Forwarded)
        {
            AddForwarded(line, start, length);
            return;
        }
        if (!place.IsOwn) return;
        Range found = AddressText.Whole(line.Slice(start, length), start);
        if (found.Equals(default(Range))) return;
        switch (meaning)
        {
            case FieldMeaning.Peer: Take(line, ref _peer, found, place); break;
            case FieldMeaning.Client: Take(line, ref _client, found, place); break;
            default: Take(line, ref _loose, found, place); break;
        }
    }

    /// <summary>Takes the list that proxies write.</summary>
    public void AddForwarded(ReadOnlySpan<byte> line, int start, int length)
    {
        if (length == 0) return;
        if (!_forwarded.Equals(default(Range)) && !line[_forwarded].SequenceEqual(line.Slice(start, length))) _isForwardedDoubtful = true;
        _forwarded = start..(start + length);
    }

    /// <summary>Where the address of who asked stands; none where nobody can tell.</summary>
    public Range Resolve(ReadOnlySpan<byte> line, IReadOnlyList<IPNetwork> proxies)
    {
        DropGeneric();
        Candidate chosen = _peer.IsEmpty ? _client.IsEmpty ? _loose : _client : _peer;
        if (chosen.IsFlat && (Contradicts(line, chosen, _client) || Contradicts(line, chosen, _loose))) return default;
        if (chosen.IsDoubtful || AddressText.Parse(line[chosen.Place]) is not { } address) return default;
        if (Contains(proxies, address)) return Behind(line, proxies);
        bool isOther = !_peer.Place.Equals(default(Range)) && !_client.Place.Equals(default(Range));
        if (isOther && !HostAddress.IsPublic(address)) return _client.IsDoubtful ? default : _client.Place;
        return chosen.Place;
    }

    /// <summary>What stands in an object that anything is put into counts only where nothing else tells it.</summary>
    private void DropGeneric()
    {
        bool own = IsOwn(_peer) || IsOwn(_client) || IsOwn(_loose);
        if (own && _peer.IsGeneric) _peer = default;
        if (own && _client.IsGeneric) _client = default;
        if (own && _loose.IsGeneric) _loose = default;
    }

    private static bool IsOwn(in Candidate candidate) => !candidate.IsEmpty && !candidate.IsGeneric;

    /// <summary>True for another address of the internet in pairs: a client may have written one of the two.</summary>
    private static bool Contradicts(ReadOnlySpan<byte> line, in Candidate chosen, in Candidate other) => !other.IsEmpty
        && !line[chosen.Place].SequenceEqual(line[other.Place]) && AddressText.Parse(line[other.Place]) is { } address
        && HostAddress.IsPublic(address) && AddressText.Parse(line[chosen.Place]) is { } named && HostAddress.IsPublic(named);

    /// <summary>Whom the proxies name: from the end of the list the first that is none of them. What stands before that, anybody may have written.</summary>
    private Range Behind(ReadOnlySpan<byte> line, IReadOnlyList<IPNetwork> proxies)
    {
        if (_isForwardedDoubtful) return default;
        (int start, int left) = _forwarded.GetOffsetAndLength(line.Length);
        while (left > 0)
        {
            ReadOnlySpan<byte> list = line.Slice(start, left);
            int comma = list.LastIndexOf((byte)',');
            int from = comma + 1;
            while (from < list.Length && list[from] == ' ') from++;
            Range place = AddressText.Whole(list[from..].TrimEnd((byte)' '), start + from);
            if (place.Equals(default(Range)) || AddressText.Parse(line[place]) is not { } address) return default;
            if (!Contains(proxies, address)) return place;
            left = Math.Max(0, comma);
        }
        return default;
    }

    private static void Take(ReadOnlySpan<byte> line, ref Candidate known, Range found, FieldPlace place)
    {
        int depth = place.Depth;
        bool first = known.Place.Equals(default(Range));
        if (!first && depth > known.Depth) return;
        bool differs = !first && depth == known.Depth && !line[known.Place].SequenceEqual(line[found]);
        known = new Candidate { Place = differs ? known.Place : found, Depth = depth, IsDoubtful = differs || (!first && depth == known.Depth
            && known.IsDoubtful), IsGeneric = place.IsGeneric, IsFlat = place.IsFlat };
    }

    private static bool Contains(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        foreach (IPNetwork network in networks)
            if (network.Contains(address)) return true;
        return false;
    }
}
