using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Imports.Files;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Foundations.Errors;
using System.Globalization;

namespace OpsModule.Engine.Areas.Imports.Scripts;

/// <summary>
/// Runs a script on a throwaway server. Everything that comes out of the script is run by a role that logs in by itself and is no
/// superuser; the superuser
/// makes roles and extensions, and gives things to their owners, in words of our own. No psql has a part in it, so no command to psql can
/// be run.
/// </summary>
internal sealed class ScriptDatabase(IDrillServer drill, string user, IReadOnlyList<(string Name, string? Schema)> extensions)
    : IScriptTarget, IAsyncDisposable
{
    private const string InsufficientPrivilege = "42501", InvalidFunctionDefinition = "42P13", UndefinedObject = "42704",
        DuplicateSchema = "42P06";
    private const int MaxRoles = 10_000;

    // undefined table, function, object, schema, column, database
    private static readonly HashSet<string> Missing = ["42P01", "42883", UndefinedObject, "3F000", "42703", "3D000"];

    private readonly string _password = System.Security.Cryptography.RandomNumberGenerator.GetHexString(32);
    private readonly List<(string Sql, long Line)> _settings = [];
    private readonly HashSet<string> _roles = new(StringComparer.Ordinal);
    private NpgsqlConnection? _own, _super;

    /// <summary>The file, for messages.</summary>
    public required string File { get; init; }

    /// <summary>Goes on without what only a superuser may make.</summary>
    public bool AllowIncomplete { get; init; }

    /// <summary>Told of what is passed over and means nothing.</summary>
    public Action<string>? OnSkipped { get; init; }

    /// <summary>What could not be made, in words.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>The database, as the role that made it.</summary>
    public PostgresServer Server { get; private set; } = null!;

    public async Task TakeAsync(ScriptAction action, string sql, IReadOnlyList<SqlToken> tokens, long line, CancellationToken ct)
    {
        switch (action)
        {
            case ScriptAction.Extension: return;
            case ScriptAction.CreateDatabase:
                await CreateAsync(sql, tokens, line, ct).ConfigureAwait(false);
                return;
            // With its own CREATE DATABASE the script goes on in another session, and says them again.
            case ScriptAction.Run when _own is null && (tokens[0].Is("SET") || tokens[0].Is("SELECT")):
                _settings.Add((sql, line));
                return;
        }
        await EnsureAsync(ct).ConfigureAwait(false);
        if (action == ScriptAction.Owner) await RunAsync(_super!, Said(sql, tokens), tokens, line, ct).ConfigureAwait(false);
        else await RunAsync(_own!, sql, tokens, line, ct).ConfigureAwait(false);
    }

    public async Task TakeRowsAsync(string sql, string encoding, long line, Func<Func<ReadOnlyMemory<byte>, ValueTask>, Task> read,
        CancellationToken ct)
    {
        await EnsureAsync(ct).ConfigureAwait(false);
        string statement = sql.TrimEnd(';', ' ', '\n', '\r') + $" WITH (FORMAT text, ENCODING {SqlName.Literal(encoding)})";
        bool begun = false;
        try
        {
            CopyIn copy = await CopyIn.BeginAsync(_own!, statement, ct).ConfigureAwait(false);
            begun = true;
            await read(rows => copy.WriteAsync(rows, ct)).ConfigureAwait(false);
            await copy.CompleteAsync().ConfigureAwait(false);
        }
        catch (PostgresException e) when (!begun && AllowIncomplete && Missing.Contains(e.SqlState) && LeftOut.Count > 0)
        {
            Leave(sql, e);
            await read(static _ => ValueTask.CompletedTask).ConfigureAwait(false);
        }
        catch (PostgresException e) { throw Failed(sql, line, e); }
    }

    /// <summary>Makes an empty database where the script had nothing in it.</summary>
    public async Task EnsureAsync(CancellationToken ct)
    {
        if (_own is not null) return;
        await LogInAsync(ct).ConfigureAwait(false);
        await using (NpgsqlConnection connection = await drill.As(user, _password).ConnectAsync(ct).ConfigureAwait(false))
            await connection.ExecuteAsync($"CREATE DATABASE {SqlName.Quote(Named)} TEMPLATE template0 ENCODING 'UTF8'",
                ct).ConfigureAwait(false);
        await EnterAsync(Named, ct).ConfigureAwait(false);
        foreach ((string sql, long line) in _settings) await RunAsync(_own!, sql, SqlTokens.Read(sql), line, ct).ConfigureAwait(false);
    }

    /// <summary>What a database is called that the script does not name.</summary>
    public required string Named { get; init; }

    private async Task CreateAsync(string sql, IReadOnlyList<SqlToken> tokens, long line, CancellationToken ct)
    {
        await LogInAsync(ct).ConfigureAwait(false);
        string name = tokens[2].Text;
        await using (NpgsqlConnection connection = await drill.As(user, _password).ConnectAsync(ct).ConfigureAwait(false))
        {
            try { await connection.ExecuteAsync(WithoutTablespace(sql, tokens), ct).ConfigureAwait(false); }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.WrongObjectType or PostgresErrorCodes.InvalidParameterValue
                or UndefinedObject)
            {
                LeftOut.Add($"the locale of the database, which this machine does not have ({e.MessageText}); it is UTF-8 and C in the "
                    + $"backup");
                await connection.ExecuteAsync($"CREATE DATABASE {SqlName.Quote(name)} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'",
                    ct).ConfigureAwait(false);
            }
            catch (PostgresException e) { throw Failed(sql, line, e); }
        }
        await EnterAsync(name, ct).ConfigureAwait(false);
    }

    private async Task LogInAsync(CancellationToken ct)
    {
        await using NpgsqlConnection connection = await drill.Server.ConnectAsync(ct).ConfigureAwait(false);
        await connection.ExecuteAsync($"CREATE ROLE {SqlName.Quote(user)} LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION BYPASSRLS "
            + $"CREATEDB PASSWORD '{_password}'", ct).ConfigureAwait(false);
        _roles.Add(user);
    }

    /// <summary>Extensions come first: their scripts run as superuser, and must not find anything of the script's there.</summary>
    private async Task EnterAsync(string database, CancellationToken ct)
    {
        Server = drill.As(user, _password).InDatabase(database);
        _super = await drill.Server.ConnectAsync(ct, database).ConfigureAwait(false);
        await _super.ExecuteAsync($"ALTER ROLE {SqlName.Quote(user)} NOCREATEDB", ct).ConfigureAwait(false);
        foreach ((string name, string? schema) in extensions)
        {
            string sql = $"CREATE EXTENSION IF NOT EXISTS "
                + $"{SqlName.Quote(name)}{(schema is null ? "" : " SCHEMA " + SqlName.Quote(schema))} CASCADE";
            try
            {
                if (schema is not null) await _super.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {SqlName.Quote(schema)} AUTHORIZATION "
                    + $"{SqlName.Quote(user)}", ct).ConfigureAwait(false);
                await _super.ExecuteAsync(sql, ct).ConfigureAwait(false);
            }
            catch (PostgresException e)
            {
                throw ImportErrors.LoadFailed.Make($"The dump {File} needs the extension {name}, which the throwaway server does not "
                    + $"have: {e.MessageText}.",
                    $"Install its package on this machine, then import the file again; or dump with -Fc, which needs no server.", File, e);
            }
        }
        foreach (string grant in await _super.NamesAsync(DrillDatabase.ExtensionObjectsSql, ct,
            user).ConfigureAwait(false)) await _super.ExecuteAsync(grant, ct).ConfigureAwait(false);
        _own = await Server.ConnectAsync(ct).ConfigureAwait(false);
    }

    private async Task RunAsync(NpgsqlConnection connection, string sql, IReadOnlyList<SqlToken> tokens, long line, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await connection.ExecuteAsync(Whole(sql, tokens), ct).ConfigureAwait(false);
                return;
            }
            catch (PostgresException e) when (e.SqlState == UndefinedObject && RoleOf(e) is { } role && _roles.Count < MaxRoles
                && _roles.Add(role))
            {
                await _super!.ExecuteAsync($"CREATE ROLE {SqlName.Quote(role)} NOLOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB",
                    ct).ConfigureAwait(false);
                await _super!.ExecuteAsync($"GRANT {SqlName.Quote(role)} TO {SqlName.Quote(user)}", ct).ConfigureAwait(false);
            }
            catch (PostgresException e) when (IsMeaningless(e, tokens))
            {
                OnSkipped?.Invoke($"Line {line}: {ScriptRules.Short(sql)} is passed over: {e.MessageText}.");
                return;
            }
            catch (PostgresException e)
            {
                bool isOfSuperuser = e.SqlState == InsufficientPrivilege || (e.SqlState == InvalidFunctionDefinition
                    && sql.Contains("AGGREGATE", StringComparison.OrdinalIgnoreCase));
                bool follows = Missing.Contains(e.SqlState) && LeftOut.Count > 0;
                if (!AllowIncomplete || !(isOfSuperuser || follows)) throw isOfSuperuser ? Incomplete(sql, line, e) : Failed(sql, line, e);
                Leave(sql, e);
                return;
            }
        }
    }

    /// <summary>
    /// A setting of a newer pg_dump that this server does not know, what --clean drops before it is there, and the schemas that extensions
    /// are in.
    /// </summary>
    private bool IsMeaningless(PostgresException e, IReadOnlyList<SqlToken> tokens)
    {
        if (tokens[0].Is("SET")) return e.SqlState == UndefinedObject;
        if (tokens[0].Is("DROP")) return Missing.Contains(e.SqlState);
        bool isSchema = tokens[0].Is("CREATE") && tokens.Count > 2 && tokens[1].Is("SCHEMA") && e.SqlState == DuplicateSchema;
        return isSchema && (tokens[2].Text == ArchiveScope.Public || extensions.Any(x => x.Schema == tokens[2].Text));
    }

    /// <summary>Npgsql would cut a function whose body is SQL at its semicolons; the server itself runs it whole.</summary>
    private static string Whole(string sql, IReadOnlyList<SqlToken> tokens)
    {
        bool isBody = tokens[0].Is("CREATE") && tokens.Any(t => t.Is("ATOMIC"));
        return isBody ? "DO " + SqlName.Literal("BEGIN EXECUTE " + SqlName.Literal(sql) + "; END") : sql;
    }

    /// <summary>The statement in words of our own: token by token, names in quotes.</summary>
    private static string Said(string sql, IReadOnlyList<SqlToken> tokens)
    {
        var said = new System.Text.StringBuilder(sql.Length);
        for (int i = 0; i < tokens.Count - 1; i++)
        {
            if (i > 0 && tokens[i].Start > tokens[i - 1].End) said.Append(' ');
            said.Append(tokens[i].Quoted ? SqlName.Quote(tokens[i].Text) : tokens[i].Text);
        }
        return said.ToString();
    }

    private static string WithoutTablespace(string sql, IReadOnlyList<SqlToken> tokens)
    {
        for (int i = 3; i + 2 < tokens.Count; i++)
            if (tokens[i].Is("TABLESPACE") && tokens[i + 1].Is("=")) return sql[..tokens[i].Start] + sql[tokens[i + 2].End..];
        return sql;
    }

    /// <summary>The role of <c>role "name" does not exist</c>; the server speaks English.</summary>
    private static string? RoleOf(PostgresException e)
    {
        const string begin = "role \"", end = "\" does not exist";
        string text = e.MessageText;
        bool isRole = text.StartsWith(begin, StringComparison.Ordinal) && text.EndsWith(end, StringComparison.Ordinal);
        return isRole && text[begin.Length..^end.Length] is { Length: > 0 } name && !name.StartsWith("pg_", StringComparison.Ordinal)
            ? name : null;
    }

    private void Leave(string sql, PostgresException e) => LeftOut.Add($"{ScriptRules.Short(sql)} ({e.MessageText})");

    private OpsException Incomplete(string sql, long line, PostgresException e) => ImportErrors.Incomplete.Make(
        string.Create(CultureInfo.InvariantCulture,
            $"Line {line:N0} of {File} makes what only a superuser may, and nothing of a dump runs as one: "
            + $"{ScriptRules.Short(sql)} ({e.MessageText})."),
        "Make the dump with -Fc, which is taken as it is; or take it without that with -AllowIncomplete: the backup then says what it "
            + "lacks.", File, e);

    private OpsException Failed(string sql, long line, PostgresException e) => ImportErrors.LoadFailed.Make(
        string.Create(CultureInfo.InvariantCulture,
            $"The throwaway server refused line {line:N0} of {File}: {ScriptRules.Short(sql)}: {e.MessageText} "
            + $"(SQLSTATE {e.SqlState})."),
        "Make the dump anew with -Fc, which is taken as it is, or mend the file.", File, e);

    public async ValueTask DisposeAsync()
    {
        if (_own is not null) await _own.DisposeAsync().ConfigureAwait(false);
        if (_super is not null) await _super.DisposeAsync().ConfigureAwait(false);
    }
}
