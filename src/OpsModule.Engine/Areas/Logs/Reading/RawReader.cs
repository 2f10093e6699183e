using System.Text;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>Makes strings of lines, and nothing else; of the filter only the pattern counts.</summary>
internal sealed class RawReader(bool stamped, LogFilter filter) : InstanceReader<string>(stamped, LongestPiece, pieces: true)
{
    /// <summary>A longer line comes in pieces of this size.</summary>
    public const int LongestPiece = 1024 * 1024;

    protected override void TakeLine(bool error, DateTimeOffset? stamp, ReadOnlySpan<byte> line, long missing)
    {
        string text = Encoding.UTF8.GetString(line);
        if (filter.Matches(text)) MakeReady(stamp, text);
    }
}
