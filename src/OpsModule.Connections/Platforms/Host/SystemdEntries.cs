using System.Buffers.Binary;
using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>Takes apart the journal's export format: lines of <c>NAME=value</c>, or, for what is no plain text, a line with the name, eight
/// bytes of length, and the value; an empty line ends an entry.</summary>
public sealed class SystemdEntries(Func<SystemdEntry, ValueTask> take)
{
    private readonly SystemdEntry _entry = new();
    private byte[] _kept = new byte[64 * 1024];
    private int _start, _end;

    /// <summary>Reads to the end.</summary>
    /// <exception cref="OpsException"><c>JournalUnreadable</c> for what is not of this format.</exception>
    public async Task ReadAsync(Stream stream, CancellationToken ct)
    {
        while (true)
        {
            while (TryField(out bool complete))
            {
                if (!complete) continue;
                await take(_entry).ConfigureAwait(false);
                _entry.Clear();
            }
            Compact();
            int read = await stream.ReadAsync(_kept.AsMemory(_end), ct).ConfigureAwait(false);
            if (read == 0) break;
            _end += read;
        }
        if (_entry.HasMessage) await take(_entry).ConfigureAwait(false);
    }

    /// <summary>Takes one field, or the end of an entry; false when more bytes are needed.</summary>
    private bool TryField(out bool complete)
    {
        complete = false;
        ReadOnlySpan<byte> rest = _kept.AsSpan(_start, _end - _start);
        int line = rest.IndexOf((byte)'\n');
        if (line < 0) return false;
        int equals = rest[..line].IndexOf((byte)'=');
        if (line == 0) complete = _entry.IsStarted;
        else if (equals > 0) _entry.Add(rest[..equals], rest[(equals + 1)..line]);
        else
        {
            const int Length = 8;
            if (rest.Length < line + 1 + Length) return false;
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(rest[(line + 1)..]);
            if (size > int.MaxValue / 2) throw Unreadable();
            int whole = line + 1 + Length + (int)size + 1;
            if (rest.Length < whole) return false;
            _entry.Add(rest[..line], rest.Slice(line + 1 + Length, (int)size));
            line = whole - 1;
        }
        _start += line + 1;
        return true;
    }

    private void Compact()
    {
        _kept.AsSpan(_start, _end - _start).CopyTo(_kept);
        (_start, _end) = (0, _end - _start);
        if (_end == _kept.Length) Array.Resize(ref _kept, _kept.Length * 2);
    }

    private static OpsException Unreadable() => new("JournalUnreadable", OpsErrorCategory.InvalidData, "journalctl answered something that cannot be read.", "See whether journalctl -o export works by itself.");
}

/// <summary>One entry of the journal. It is reused for the next.</summary>
public sealed class SystemdEntry
{
    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);
    private byte[] _message = [];
    private int _length;

    internal bool IsStarted => HasMessage || _fields.Count > 0;

    internal bool HasMessage { get; private set; }

    /// <summary>What was written, as bytes.</summary>
    public ReadOnlyMemory<byte> Message => _message.AsMemory(0, _length);

    /// <summary>The text of a field, such as <c>PRIORITY</c>; null when the entry has none. <see cref="Message"/> is no text.</summary>
    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>When the journal took it, in microseconds since 1970.</summary>
    public long Microseconds => long.TryParse(this["__REALTIME_TIMESTAMP"], out long time) ? time : 0;

    internal DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks(Microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>Takes a field. A second one of the same name replaces the first.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!name.SequenceEqual("MESSAGE"u8)) { _fields[Encoding.ASCII.GetString(name)] = Encoding.UTF8.GetString(value); return; }
        if (_message.Length < value.Length) _message = new byte[Math.Max(value.Length, 4096)];
        value.CopyTo(_message);
        (_length, HasMessage) = (value.Length, true);
    }

    internal void Clear()
    {
        _fields.Clear();
        (_length, HasMessage) = (0, false);
    }
}
