using OpsModule.Connections.Postgres.Archives;
using OpsModule.Connections.Postgres.Scripts;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Imports.Files;
using OpsModule.Foundations.Errors;
using System.Globalization;
using System.Text;

namespace OpsModule.Engine.Areas.Imports.Scripts;

/// <summary>
/// Goes through a script from its first statement to its last and judges each; a script that is not whole, or none of pg_dump, is refused.
/// </summary>
internal sealed class ScriptWalk(string file)
{
    private const string Begin = "-- PostgreSQL database dump", End = "-- PostgreSQL database dump complete",
        OfCluster = "-- PostgreSQL database cluster dump";
    private const string ServerIs = "-- Dumped from database version ", ToolIs = "-- Dumped by pg_dump version ",
        StartedOn = "-- Started on ", DataOf = "-- Data for Name: ", OfType = "; Type: TABLE DATA; Schema: ", Owner = "; Owner: ";
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss";

    // In these a byte of ASCII may be a part of another character, so that quotes cannot be told.
    private static readonly HashSet<string> Unsafe = new(StringComparer.OrdinalIgnoreCase) { "SJIS", "BIG5", "GBK", "UHC", "GB18030",
        "JOHAB", "SHIFT_JIS_2004" };

    private readonly ScriptRules _rules = new(file);
    private ArchiveText _text = new();
    private readonly HashSet<string> _withData = new(StringComparer.Ordinal);
    private string _encoding = "UTF8";
    private bool _begun, _ended;

    /// <summary>The version of the server that was dumped, as the script says it; empty where it does not.</summary>
    public string ServerVersion { get; private set; } = "";

    /// <summary>The version of the pg_dump that wrote it.</summary>
    public string ToolVersion { get; private set; } = "";

    /// <summary>When pg_dump ran, by the clock on the wall where it ran; null unless it was told to say so (--verbose).</summary>
    public DateTime? MadeAt { get; private set; }

    /// <summary>The tables, with their schemas, whose rows come, by what pg_dump says before them; also of those that have none.</summary>
    public IReadOnlySet<string> WithData => _withData;

    /// <summary>The database that it makes; null when it makes none.</summary>
    public string? Database => _rules.Database;

    /// <summary>Goes through it.</summary>
    /// <exception cref="OpsException"><c>ImportNotADump</c>, <c>ImportRefused</c>, <c>ImportUnsupported</c>, <c>ImportTruncated</c>, and
    /// what the target throws.</exception>
    public async Task RunAsync(Stream script, IScriptTarget target, CancellationToken ct)
    {
        var reader = new ScriptReader(script) { OnComment = Comment };
        while (await reader.NextAsync(ct).ConfigureAwait(false) is { } piece)
        {
            if (!_begun) throw NoDump();
            string sql = _text.Read(piece.Bytes.Span, out _);
            if (piece.IsCommand) _rules.JudgeCommand(sql, piece.Line);
            else await TakeAsync(reader, sql, piece.Line, target, ct).ConfigureAwait(false);
        }
        if (!_begun) throw NoDump();
        _rules.End(reader.Line);
        if (!_ended) throw ImportErrors.Truncated.Make($"{file} does not go to its end: the line '{End}', with which pg_dump ends, is "
            + $"missing after line {reader.Line:N0}.",
            "Copy the file again from where it was made, or take another dump.", file);
    }

    private async Task TakeAsync(ScriptReader reader, string sql, long line, IScriptTarget target, CancellationToken ct)
    {
        ScriptAction action = _rules.Judge(sql, line, out List<SqlToken> tokens);
        if (tokens.Exists(t => t.Is("standard_conforming_strings"))) reader.BackslashEscapes = tokens.Exists(t => t.Is("off"));
        switch (action)
        {
            case ScriptAction.Skip: return;
            case ScriptAction.Encoding: Use(sql, tokens); return;
            case ScriptAction.CopyRows:
                await target.TakeRowsAsync(sql, _encoding, line, sink => reader.ReadRowsAsync(sink, ct), ct).ConfigureAwait(false);
                return;
            default: await target.TakeAsync(action, sql, tokens, line, ct).ConfigureAwait(false); return;
        }
    }

    private void Use(string sql, List<SqlToken> tokens)
    {
        _encoding = tokens.Find(t => t.Text.StartsWith('\'')).Text is { } literal ? literal.Trim('\'') : "UTF8";
        if (Unsafe.Contains(_encoding))
            throw ImportErrors.Unsupported.Make($"{file} is in the encoding {_encoding}.",
                "Make the dump with --encoding=UTF8, or with -Fc.", file);
        _text = new ArchiveText();
        _text.Use(sql);
    }

    private void Comment(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > 600) return;
        string comment = Encoding.Latin1.GetString(bytes.Span).TrimEnd();
        // pg_dumpall writes one dump after another, and roles before them.
        if (comment == OfCluster) throw ImportErrors.Unsupported.Make($"{file} is of a whole server, as pg_dumpall writes it.",
            "Take its databases one by one: pg_dump -Fc -f NAME.dump NAME. Or load the file into a server of its own and use "
                + "Backup-OpsDatabase.", file);
        if (comment == Begin && _begun) throw ImportErrors.Unsupported.Make($"{file} holds more than one dump, one after the other.",
            "Cut it in two where the second begins, and import each by itself; or take another dump.", file);
        if (comment == Begin) _begun = true;
        else if (comment == End) _ended = true;
        else if (comment.StartsWith(ServerIs, StringComparison.Ordinal)) ServerVersion = comment[ServerIs.Length..];
        else if (comment.StartsWith(ToolIs, StringComparison.Ordinal)) ToolVersion = comment[ToolIs.Length..];
        else if (comment.StartsWith(StartedOn, StringComparison.Ordinal)) Started(comment[StartedOn.Length..]);
        else if (comment.StartsWith(DataOf, StringComparison.Ordinal)) Follow(_text.Read(bytes.Span, out _).TrimEnd()[DataOf.Length..]);
    }

    private void Started(string text)
    {
        if (text.Length >= TimeFormat.Length && DateTime.TryParseExact(text[..TimeFormat.Length], TimeFormat, CultureInfo.InvariantCulture,
            DateTimeStyles.None, out DateTime at)) MadeAt = at;
    }

    private void Follow(string named)
    {
        int type = named.LastIndexOf(OfType, StringComparison.Ordinal), owner = named.LastIndexOf(Owner, StringComparison.Ordinal);
        if (type > 0 && owner > type) _withData.Add($"{named[(type + OfType.Length)..owner]}.{named[..type]}");
    }

    private OpsException NoDump() =>
        ImportErrors.NotADump.Make($"{file} is no dump: the line '{Begin}', with which pg_dump begins, is missing.",
        "Give a file that pg_dump has written; run other scripts with psql.", file);
}
