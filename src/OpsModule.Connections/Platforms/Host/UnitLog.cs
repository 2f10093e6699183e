using System.Globalization;
using System.Text;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>Gives what a unit's processes wrote as lines of bytes, with the journal's time before each when asked.</summary>
public sealed class UnitLog(LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink)
{
    /// <summary>journald breaks up what is longer than it likes, and says so; _STREAM_ID tells which stream goes on.</summary>
    private const string Fields = "MESSAGE,PRIORITY,_LINE_BREAK,_STREAM_ID";
    private const int GravestNotice = 3;

    private static readonly ReadOnlyMemory<byte> NewLine = "\n"u8.ToArray();
    private readonly Queue<(bool Error, long Time, byte[] Message, bool Open, string? Stream)> _last = new();
    private (bool IsOpen, string? Stream, bool Error) _line;

    /// <summary>Reads a unit's output. It goes on through ends and starts of the unit when it is followed.</summary>
    public async Task ReadAsync(string unit, CancellationToken ct)
    {
        if (request.Tail == 0 && !request.Follow) return;
        bool counts = request is { Tail: not null, Until: not null };
        await SystemdJournal.ReadAsync(["_SYSTEMD_UNIT=" + unit], Fields, request, entry =>
        {
            if (!entry.HasMessage || entry.Time < request.Since || entry.Time > request.Until) return ValueTask.CompletedTask;
            // Journald does not know which stream a line came from; what it calls an error counts as one.
            bool error = int.TryParse(entry["PRIORITY"], NumberStyles.None, CultureInfo.InvariantCulture, out int priority) && priority <= GravestNotice;
            bool open = entry["_LINE_BREAK"] == "line-max";
            if (!counts) return GiveAsync(error, entry.Microseconds, entry.Message, open, entry["_STREAM_ID"]);
            _last.Enqueue((error, entry.Microseconds, entry.Message.ToArray(), open, entry["_STREAM_ID"]));
            if (_last.Count > request.Tail) _last.Dequeue();
            return ValueTask.CompletedTask;
        }, ct).ConfigureAwait(false);
        foreach ((bool error, long time, byte[] message, bool open, string? stream) in _last) await GiveAsync(error, time, message, open, stream).ConfigureAwait(false);
        if (_line.IsOpen) await sink(_line.Error, NewLine).ConfigureAwait(false);
    }

    private async ValueTask GiveAsync(bool error, long time, ReadOnlyMemory<byte> message, bool open, string? stream)
    {
        bool goesOn = _line.IsOpen && _line.Stream == stream;
        if (_line.IsOpen && !goesOn) await sink(_line.Error, NewLine).ConfigureAwait(false);
        byte[] stamp = request.Timestamps ? Stamp(time) : [];
        for (bool first = true; ; first = false)
        {
            int end = message.Span.IndexOf((byte)'\n');
            if (stamp.Length > 0 && !(first && goesOn)) await sink(error, stamp).ConfigureAwait(false);
            await sink(error, end < 0 ? message : message[..(end + 1)]).ConfigureAwait(false);
            if (end < 0) break;
            message = message[(end + 1)..];
        }
        _line = (open, stream, error);
        if (!open) await sink(error, NewLine).ConfigureAwait(false);
    }

    private static byte[] Stamp(long microseconds)
    {
        DateTimeOffset time = DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
        return Encoding.ASCII.GetBytes(time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'000Z '", CultureInfo.InvariantCulture));
    }
}
