using System.Text;
using DiffPlex.Renderer;
using OpsModule.Engine.Areas.Configuration.Redacting;

namespace OpsModule.Engine.Areas.Configuration.Comparing;

/// <summary>Shows in what two states of a file differ, with their secrets masked.</summary>
/// <param name="redactor">Masks them.</param>
internal sealed class MaskedDiff(Redactor redactor)
{
    /// <summary>Of larger files nobody reads the difference.</summary>
    private const int MostBytes = 1024 * 1024, Context = 3;

    /// <summary>The difference; null where none can be shown.</summary>
    /// <param name="path">The file, for the diff's head.</param>
    /// <param name="before">What it held; null when it was not there.</param>
    /// <param name="after">What it holds; null when it is not there.</param>
    /// <param name="isSecret">True when the whole of it is one secret.</param>
    /// <param name="beforeIsMasked">True when secrets were taken out of the first one already.</param>
    /// <param name="afterIsMasked">The same of the other.</param>
    public string? Of(string path, byte[]? before, byte[]? after, bool isSecret, bool beforeIsMasked = false, bool afterIsMasked = false)
    {
        if (before?.Length > MostBytes || after?.Length > MostBytes) return null;
        string? old = before is null ? "" : Mask(before, isSecret, beforeIsMasked);
        string? now = after is null ? "" : Mask(after, isSecret, afterIsMasked);
        if (old is null || now is null || old == now) return null;
        return UnidiffRenderer.GenerateUnidiff(old, now, before is null ? "/dev/null" : path, after is null ? "/dev/null" : path,
            contextLines: Context).TrimEnd();
    }

    private string? Mask(byte[] content, bool isSecret, bool isMasked) => isMasked ? Encoding.UTF8.GetString(content)
        : redactor.Redact(content, isSecret)?.Text;
}
