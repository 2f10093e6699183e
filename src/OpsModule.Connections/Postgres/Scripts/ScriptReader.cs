using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres.Scripts;

/// <summary>
/// Reads a script that pg_dump wrote, statement by statement and forward only, as psql would: but nothing is run, and commands to psql are
/// handed over
/// like statements, for whoever reads to judge.
/// </summary>
public sealed class ScriptReader(Stream source)
{
    /// <summary>PostgreSQL takes no statement that is longer than a gigabyte; pg_dump writes none near this.</summary>
    private const int MaxStatement = 512 * 1024 * 1024;

    private readonly ScriptLexer _lexer = new();
    private byte[] _bytes = new byte[256 * 1024];
    private int _from, _at, _end;
    private bool _final;

    /// <summary>The line that comes next, counted from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>Told of each comment that stands between statements and takes a line, without its end.</summary>
    public Action<ReadOnlyMemory<byte>>? OnComment { get; init; }

    /// <summary>A backslash in simple quotes is an escape from here on: <c>SET standard_conforming_strings = off</c>.</summary>
    public bool BackslashEscapes { set => _lexer.BackslashEscapes = value; }

    /// <summary>The next statement or command; null at the end.</summary>
    /// <exception cref="OpsException"><c>ScriptUnreadable</c>: it ends in the middle of a statement; <c>ScriptCommandInside</c>.</exception>
    public async ValueTask<ScriptPiece?> NextAsync(CancellationToken ct)
    {
        Drop();
        while (true)
        {
            int length = _at - _from;
            ScriptEnd end = _lexer.Scan(_bytes.AsSpan(_from, _end - _from), ref length, _final);
            _at = _from + length;
            switch (end)
            {
                case ScriptEnd.Statement: return Piece(isCommand: false);
                case ScriptEnd.Backslash when _lexer.Start == length - 1: return await CommandAsync(ct).ConfigureAwait(false);
                case ScriptEnd.Backslash: throw Inside(Line + Lines(_from, _at));
                case ScriptEnd.Comment:
                    if (_bytes[_from + _lexer.Start] == '-') OnComment?.Invoke(_bytes.AsMemory(_from + _lexer.Start,
                        length - _lexer.Start));
                    Drop();
                    continue;
            }
            if (_final)
            {
                if (_lexer.IsOpen) throw Unreadable("it ends in the middle of a statement", Line);
                return null;
            }
            await FillAsync(ct).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Hands over the rows behind a COPY statement, in pieces of whole lines, up to the line <c>\.</c>. The memory is reused after the sink
    /// returns.
    /// </summary>
    /// <exception cref="OpsException"><c>ScriptUnreadable</c>: the rows have no end.</exception>
    public async Task ReadRowsAsync(Func<ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken ct)
    {
        long first = Line;
        Drop();
        // The rest of the statement's line.
        while (NewLine() is var line)
        {
            if (line >= 0)
            {
                _at = line + 1;
                Drop();
                break;
            }
            if (!await FillAsync(ct).ConfigureAwait(false)) throw Unreadable("the rows of a table have no end", first);
        }
        while (true)
        {
            ReadOnlySpan<byte> bytes = _bytes.AsSpan(_from, _end - _from);
            int close = EndOfRows(bytes);
            int rows = close >= 0 ? close : WholeLines(bytes);
            if (rows > 0)
            {
                await sink(_bytes.AsMemory(_from, rows)).ConfigureAwait(false);
                _at = _from + rows;
                Drop();
            }
            if (close >= 0)
            {
                _at = _from + 2;
                Drop();
                return;
            }
            if (!await FillAsync(ct).ConfigureAwait(false)) throw Unreadable("the rows of a table have no end", first);
        }

        int NewLine() => _bytes.AsSpan(_from, _end - _from).IndexOf((byte)'\n') is var found and >= 0 ? _from + found : -1;
    }

    /// <summary>Where the line <c>\.</c> begins, or -1. A row is never just that: COPY escapes it.</summary>
    private int EndOfRows(ReadOnlySpan<byte> bytes)
    {
        for (int from = 0; from < bytes.Length;)
        {
            int found = bytes[from..].IndexOf("\\."u8);
            if (found < 0) return -1;
            int at = from + found;
            bool ends = at + 2 < bytes.Length ? bytes[at + 2] is (byte)'\n' or (byte)'\r' : _final;
            if (ends && (at == 0 || bytes[at - 1] == '\n')) return at;
            from = at + 2;
        }
        return -1;
    }

    /// <summary>The bytes of whole lines, without a last one that may turn out to be the end.</summary>
    private static int WholeLines(ReadOnlySpan<byte> bytes) => bytes.LastIndexOf((byte)'\n') + 1;

    private async ValueTask<ScriptPiece> CommandAsync(CancellationToken ct)
    {
        int line;
        while ((line = _bytes.AsSpan(_at, _end - _at).IndexOf((byte)'\n')) < 0 && await FillAsync(ct).ConfigureAwait(false)) { }
        _at = line < 0 ? _end : _at + line;
        return Piece(isCommand: true);
    }

    private ScriptPiece Piece(bool isCommand)
    {
        int start = _from + _lexer.Start;
        return new ScriptPiece(_bytes.AsMemory(start, _at - start), Line + Lines(_from, start), isCommand);
    }

    /// <summary>Goes on behind what has been handed over.</summary>
    private void Drop()
    {
        Line += Lines(_from, _at);
        _from = _at;
        _lexer.Reset();
    }

    private int Lines(int from, int to) => _bytes.AsSpan(from, to - from).Count((byte)'\n');

    private async ValueTask<bool> FillAsync(CancellationToken ct)
    {
        if (_from > 0)
        {
            Buffer.BlockCopy(_bytes, _from, _bytes, 0, _end - _from);
            (_from, _at, _end) = (0, _at - _from, _end - _from);
        }
        if (_end == _bytes.Length)
        {
            if (_bytes.Length >= MaxStatement) throw Unreadable($"a statement is longer than {MaxStatement / 1024 / 1024} MiB", Line);
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }
        int read = await source.ReadAsync(_bytes.AsMemory(_end), ct).ConfigureAwait(false);
        _end += read;
        _final = read == 0;
        return read > 0;
    }

    private static OpsException Inside(long line) => new("ScriptCommandInside", OpsErrorCategory.InvalidData,
        FormattableString.Invariant($"There is a backslash in a statement (line {line:N0}): a command to psql, which pg_dump never writes there."),
        "Find out who wrote the script.");

    private static OpsException Unreadable(string why, long line) => new("ScriptUnreadable", OpsErrorCategory.InvalidData,
        FormattableString.Invariant($"This is no whole script of pg_dump: {why} (line {line:N0})."),
            "Take another dump; this one is cut off or damaged.");
}
