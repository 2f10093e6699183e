using System.Text;

namespace OpsModule.Host.Writing;

/// <summary>
/// Gathers what is written for a file or another program, as one call for each line would cost more than the lines themselves. What has
/// waited for a moment is handed on, so that whoever follows a log sees a line as it comes.
/// </summary>
internal sealed class GatheringWriter : TextWriter
{
    private const int Room = 64 * 1024;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    private readonly object _gate = new();
    private readonly StreamWriter _inner;
    private readonly Timer _timer;
    private IOException? _failure;
    private bool _waiting;

    public GatheringWriter(Stream stream)
    {
        _inner = new StreamWriter(stream, bufferSize: Room);
        _timer = new Timer(_ => FlushLater());
    }

    public override Encoding Encoding => _inner.Encoding;

    public override void Write(char value)
    {
        lock (_gate) Begin().Write(value);
    }

    public override void Write(string? value)
    {
        lock (_gate) Begin().Write(value);
    }

    public override void Write(char[] buffer, int index, int count)
    {
        lock (_gate) Begin().Write(buffer, index, count);
    }

    public override void WriteLine(string? value)
    {
        lock (_gate) Begin().WriteLine(value);
    }

    public override void Flush()
    {
        lock (_gate) FlushNow();
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        lock (_gate)
        {
            _timer.Dispose();
            if (_failure is null) _inner.Dispose();
        }
    }

    private StreamWriter Begin()
    {
        if (_failure is not null) throw _failure;
        if (_waiting) return _inner;
        _waiting = true;
        _timer.Change(Moment, Timeout.InfiniteTimeSpan);
        return _inner;
    }

    private void FlushNow()
    {
        if (_failure is not null) throw _failure;
        _waiting = false;
        try { _inner.Flush(); }
        catch (IOException e)
        {
            _failure = e;
            throw;
        }
    }

    /// <summary>Nobody is there to take an error now; the next one who writes gets it.</summary>
    private void FlushLater()
    {
        lock (_gate)
        {
            try { if (_waiting) FlushNow(); }
            catch (IOException) { /* kept */ }
            catch (ObjectDisposedException) { /* the last flush was the end's */ }
        }
    }
}
