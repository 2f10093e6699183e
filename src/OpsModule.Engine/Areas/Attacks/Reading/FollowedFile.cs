using Microsoft.Win32.SafeHandles;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>A file that is looked at again and again, by its name: it may be replaced, truncated, or not be there for a while.</summary>
internal sealed class FollowedFile(string path, FileSlot slot, IOpsReporter reporter) : IDisposable
{
    private SafeFileHandle? _file;
    private bool _warned, _isLast;

    public string Path => path;

    /// <summary>How far it has been read.</summary>
    public FileSlot Slot => slot;

    /// <summary>The next lines, or null when there are none for now. What was handed out before has been scanned, and the slot knows.</summary>
    public FilePart? Next()
    {
        if (_isLast) Reopen();
        try
        {
            _file ??= FileChunks.Open(path);
            long length = RandomAccess.GetLength(_file);
            if (slot.Now is { } known && !known.IsIn(_file))
            {
                reporter.Warning($"{path} was truncated; it is read from the beginning.");
                slot.Leave();
            }
            long begin = slot.Now?.Offset ?? 0, lines = slot.Now?.Lines ?? 0, end = FilePosition.EndOfLines(_file, begin, length);
            if (end > begin) return new FilePart(_file, begin, end, lines);
            // All that the open file has, its last line that has no end included, is what the file of this name must begin with.
            SafeFileHandle named = FileChunks.Open(path);
            length = RandomAccess.GetLength(_file);
            if (FilePosition.Of(_file, path, length, 0, default).IsIn(named))
            {
                _file.Dispose();
                _file = named;
                _warned = false;
                return null;
            }
            named.Dispose();
            // Replaced: nobody will finish the last line, and the new file is opened next time.
            _isLast = length > begin;
            if (_isLast) return new FilePart(_file, begin, length, lines, IsGone: true);
            Reopen();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            if (_file is null) Warn(e); // between two files of a rotation there may be none
        }
        catch (Exception e) when (LogFile.IsUnreadable(e)) { Warn(e); }
        return null;
    }

    public void Dispose() => _file?.Dispose();

    private void Reopen()
    {
        reporter.Verbose($"{path} has been replaced; the new file is read from its beginning.");
        _file?.Dispose();
        _file = null;
        _isLast = false;
        slot.Leave();
    }

    private void Warn(Exception e)
    {
        if (!_warned) reporter.Warning($"{LogFile.Failure(path, e).Message} It is tried again until it can be read.");
        _warned = true;
    }
}
