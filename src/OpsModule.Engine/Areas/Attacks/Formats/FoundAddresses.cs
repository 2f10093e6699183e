using System.Text;
using OpsModule.Engine.Areas.Attacks.Formats;

namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>Addresses that may be the client's, in one text. Where there are several, nobody can tell which one a client has written.</summary>
/// <param name="text">The text, a character for each byte.</param>
internal ref struct FoundAddresses(string text)
{
    private Range _first;
    private string? _value;
    private bool _several;

    /// <summary>Takes a place; what is no address there counts as another one.</summary>
    public void Add(int start, int length)
    {
        Range place = Read(text, start, length);
        string value = place.Equals(default(Range)) ? "" : text[place];
        if (_value is null) (_first, _value) = (place, value);
        else _several |= !string.Equals(_value, value, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>True when nothing was taken.</summary>
    public readonly bool IsEmpty => _value is null;

    /// <summary>True when there are different ones.</summary>
    public readonly bool AreSeveral => _several;

    /// <summary>The one that there is; none when there are several.</summary>
    public readonly Range Only => _several ? default : _first;

    /// <summary>Where the address stands in a piece of the text that is one, with or without a port.</summary>
    public static Range Read(string text, int start, int length)
    {
        if (length is <= 0 or > 64) return default;
        Span<byte> bytes = stackalloc byte[length];
        Encoding.Latin1.GetBytes(text.AsSpan(start, length), bytes);
        return AddressText.Whole(bytes, start);
    }
}
