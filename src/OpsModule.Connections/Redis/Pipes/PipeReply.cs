using System.Globalization;
using System.Text;

namespace OpsModule.Connections.Redis.Pipes;

/// <summary>One answer, with its bytes as they came.</summary>
/// <param name="Kind">What it is: <c>+</c> a word, <c>-</c> an error, <c>:</c> a number, <c>$</c> bytes, <c>*</c> a list.</param>
/// <param name="Bytes">Its bytes; null for a list, and for nothing.</param>
/// <param name="Items">Of a list.</param>
public sealed record PipeReply(char Kind, byte[]? Bytes, IReadOnlyList<PipeReply>? Items = null)
{
    /// <summary>True for an error.</summary>
    public bool IsError => Kind == '-';

    /// <summary>Its text.</summary>
    public string Text => Bytes is null ? "" : Encoding.UTF8.GetString(Bytes);

    /// <summary>Its number; 0 where it is none.</summary>
    public long Number => long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : 0;
}
