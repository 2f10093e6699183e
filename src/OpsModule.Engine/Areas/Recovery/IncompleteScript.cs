using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Runs a script of an archive's structure to its end, as pg_restore does, and notes which objects the server refused. What rows or their
/// protection depend on is never left out: there the first refusal ends it.
/// </summary>
internal sealed partial class IncompleteScript(PostgresServer server, string? database)
{
    private readonly StringBuilder _sql = new();
    private readonly List<(int FirstLine, ScriptPart? Part, int BodyLine)> _parts = [];
    private int _lines = 1 + StructureScript.LeadingLines;

    /// <summary>What was refused; shared by scripts that follow one another.</summary>
    public SparedObjects Objects { get; init; } = new();

    /// <summary>Asked of each refusal first, with its SQLSTATE and text: true when it is noted elsewhere and does not count.</summary>
    public Func<ScriptPart?, string, string, bool>? Notes { get; init; }

    /// <summary>Appends the settings that everything else needs; they must not fail.</summary>
    // Errors are told from warnings by there being no warnings: the words for them are in the server's language.
    public void Begin(string latin1) => Append(null, latin1 + "\nSET client_min_messages = error;\n", 0);

    /// <summary>Appends an entry.</summary>
    public void Append(ScriptPart part) => Append(part, part.Sql, part.Settings.AsSpan().Count('\n'));

    /// <summary>Runs all of it.</summary>
    /// <returns>What the server refused and can be made later.</returns>
    /// <exception cref="OpsException"><c>RestoreFailed</c> when it refused something else; <c>DiskTooFull</c>.</exception>
    public async Task<IReadOnlyList<NotRestoredObject>> RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        OpsException? failure = null;
        void Judge(string line)
        {
            if (failure is not null || ErrorLine().Match(line) is not { Success: true } error) return;
            int at = int.Parse(error.Groups["line"].ValueSpan);
            (_, ScriptPart? part, int bodyLine) = _parts.FindLast(p => p.FirstLine <= at);
            (string state, string text) = (error.Groups["state"].Value, error.Groups["text"].Value.Trim());
            // A function may turn notices and warnings on for itself.
            if (state[..2] is "00" or "01" or "02") return;
            if (Notes?.Invoke(part, state, text) is true) return;
            if (part is not null && at >= bodyLine && Objects.Excuses(part, state, text)) return;
            failure = SparedObjects.Failure(part, state, text, database);
            stop.Cancel();
        }
        try
        {
            await StructureScript.RunAsync(server, database, _sql.ToString(), ["ON_ERROR_STOP=0", "VERBOSITY=verbose"], Judge, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (failure is not null && !ct.IsCancellationRequested) { }
        return failure is null ? Objects.Refused : throw failure;
    }

    private void Append(ScriptPart? part, string latin1, int settingLines)
    {
        if (!latin1.EndsWith('\n')) latin1 += "\n";
        _parts.Add((_lines, part, _lines + settingLines));
        _sql.Append(latin1);
        _lines += latin1.AsSpan().Count('\n');
    }

    [GeneratedRegex(@"^psql:<stdin>:(?<line>\d+): [^:]+:\s+(?<state>[0-9A-Z]{5}):(?<text>.*)$")]
    private static partial Regex ErrorLine();
}
