using System.Text;

namespace OpsModule.Connections.Postgres.Archives;

/// <summary>Reads the texts of an archive, which are in the encoding of the dumped database.</summary>
public sealed class ArchiveText
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    // PostgreSQL's names of server encodings, where .NET's differ by more than a prefix.
    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["LATIN2"] = "iso-8859-2", ["LATIN3"] = "iso-8859-3", ["LATIN4"] = "iso-8859-4", ["LATIN5"] = "iso-8859-9", ["LATIN7"] = "iso-8859-13", ["LATIN9"] = "iso-8859-15",
        ["ISO_8859_5"] = "iso-8859-5", ["ISO_8859_6"] = "iso-8859-6", ["ISO_8859_7"] = "iso-8859-7", ["ISO_8859_8"] = "iso-8859-8",
        ["KOI8R"] = "koi8-r", ["KOI8U"] = "koi8-u", ["WIN866"] = "cp866", ["EUC_JP"] = "euc-jp", ["EUC_KR"] = "euc-kr", ["EUC_CN"] = "gb2312",
    };

    private Encoding _encoding = Utf8;

    /// <summary>Takes the ENCODING entry, which comes before all others.</summary>
    public void Use(string definition)
    {
        string name = FirstLiteral(definition) ?? "UTF8";
        _encoding = name.ToUpperInvariant() switch
        {
            // Of SQL_ASCII nobody knows what it is; what is UTF-8 there is most likely meant so, and its names can be sent as such.
            "UTF8" or "SQL_ASCII" => Utf8,
            "LATIN1" => Encoding.Latin1,
            var other => Find(Names.GetValueOrDefault(other) ?? (other.StartsWith("WIN", StringComparison.Ordinal) ? "windows-" + other[3..] : other)) ?? Utf8,
        };
    }

    /// <summary>The text; <paramref name="known"/> is false when it is none in the encoding, and each byte was taken for a character.</summary>
    public string Read(ReadOnlySpan<byte> bytes, out bool known)
    {
        known = true;
        try { return _encoding.GetString(bytes); }
        catch (DecoderFallbackException)
        {
            known = false;
            return Encoding.Latin1.GetString(bytes);
        }
    }

    private static Encoding? Find(string name)
    {
        try { return CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback); }
        catch (ArgumentException) { return null; }
    }

    private static string? FirstLiteral(string sql)
    {
        int open = sql.IndexOf('\''), close = open < 0 ? -1 : sql.IndexOf('\'', open + 1);
        return close < 0 ? null : sql[(open + 1)..close];
    }
}
