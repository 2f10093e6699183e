using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>
/// The extended format of the W3C, as IIS and CloudFront write it: a line <c>#Fields:</c> names the columns of those that follow. Its times
/// are UTC,
/// whatever the machine's zone is.
/// </summary>
internal sealed class W3cLine
{
    private const int MostColumns = 128;

    private string[] _columns = [];

    /// <summary>Remembers the columns when a line names them.</summary>
    public void TakeDirective(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("#Fields: "u8)) return;
        string[] columns = Encoding.UTF8.GetString(line[9..]).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        _columns = columns.Length <= MostColumns && columns is ["date", "time", ..] ? columns : [];
    }

    /// <summary>Takes a line apart when its columns were named.</summary>
    public bool TryParse(ReadOnlySpan<byte> line, LogDraft draft)
    {
        if (_columns.Length == 0 || line.Length < 20 || line[10] is not ((byte)' ' or (byte)'\t')) return false;
        Span<byte> stamp = stackalloc byte[19];
        line[..19].CopyTo(stamp);
        stamp[10] = (byte)' ';
        if (!LogTime.TryIso(stamp, TimeSpan.Zero, out DateTimeOffset time, out _)) return false;
        byte separator = line[10];
        if (line.Count(separator) + 1 != _columns.Length) return false;
        draft.Format = LogFormat.Access;
        draft.Time = time;
        string? method = null, target = null, query = null, status = null;
        foreach (string column in _columns)
        {
            int end = line.IndexOf(separator);
            ReadOnlySpan<byte> value = end < 0 ? line : line[..end];
            line = end < 0 ? default : line[(end + 1)..];
            switch (column)
            {
                case "date" or "time": continue;
                case "cs-method": method = Encoding.UTF8.GetString(value); break;
                case "cs-uri-stem": target = Encoding.UTF8.GetString(value); break;
                case "cs-uri-query": query = Encoding.UTF8.GetString(value); break;
                case "sc-status": status = Encoding.UTF8.GetString(value); break;
                case "c-ip": draft.SetText("client", value); continue;
                case "cs-username": draft.SetText("user", value); continue;
                case "cs(User-Agent)": draft.SetText("agent", value); continue;
                case "cs(Referer)": draft.SetText("referrer", value); continue;
                default: draft.SetText(column, value); continue;
            }
        }
        if (query is not (null or "-")) target += "?" + query;
        if (method is not null) draft.Set("method", method);
        if (target is not null) draft.Set("target", target);
        if (long.TryParse(status, System.Globalization.CultureInfo.InvariantCulture, out long code))
        {
            draft.Set("status", code);
            draft.Level = LogLevels.OfStatus(code);
        }
        if (method is not null) draft.Message = $"{method} {target} {status}";
        return true;
    }
}
