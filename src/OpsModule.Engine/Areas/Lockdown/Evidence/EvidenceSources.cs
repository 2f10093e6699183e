using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Lockdown.Evidence;

/// <summary>What evidence is taken from.</summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="services">The services; null for all.</param>
/// <param name="since">From when on.</param>
/// <param name="failed">Told of each source that cannot be read, while others can.</param>
internal sealed class EvidenceSources(OpsContext context, IReadOnlyList<string>? services, DateTimeOffset since,
    Action<OpsException> failed)
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>What stands in the place of a statement that the login may not see.</summary>
    private const string Hidden = "\"query\":\"<insufficient privilege>\"";

    /// <summary>Lines of logs.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> LogsAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var reader = new LogReader(context.Platform(), context.Reporter, context.Time, failed) { Unknown = failed };
        var line = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(line, new JsonWriterOptions { SkipValidation = true });
        await foreach (IReadOnlyList<LogEntry> batch in reader.ReadAsync(new LogQuery { Services = services, Since = since }, ct)
            .ConfigureAwait(false))
            foreach (LogEntry entry in batch)
            {
                LogEntryJson.Write(json, entry);
                json.Flush();
                json.Reset();
                yield return line.WrittenMemory.ToArray();
                line.ResetWrittenCount();
            }
    }

    /// <summary>What the rules of the module and of the environment find in them.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> AttacksAsync([EnumeratorCancellation] CancellationToken ct)
    {
        AttackSettings settings = context.Environment.Attacks;
        var hunt = new AttackHunt(new AttackQuery
        {
            Since = since, TenantFields = settings.TenantFields, ResourceTenantFields = settings.ResourceTenantFields,
            TrustedProxies = settings.TrustedProxies, Formats = settings.Formats, Rules = Rules(),
        }, new AttackSources { Services = services, Unknown = failed }, context.Platform(), context.Reporter, context.Time);
        await foreach (IReadOnlyList<AttackMatch> batch in hunt.RunAsync(ct).ConfigureAwait(false))
            foreach (AttackMatch match in batch) yield return JsonSerializer.SerializeToUtf8Bytes(match, Json);
    }

    /// <summary>All rules; where the environment's cannot be read, those of the module alone, which is told.</summary>
    internal IReadOnlyList<AttackRule> Rules()
    {
        try { return RuleBook.All(context.Environment.Attacks.Rules).Rules; }
        catch (OpsException e)
        {
            failed(e);
            return RuleCatalog.Own;
        }
    }

    /// <summary>Sessions of a database, with what they run.</summary>
    public async Task<string> SessionsOfDatabaseAsync(string name, CancellationToken ct)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, name, ct).ConfigureAwait(false);
        NpgsqlConnection connection = await server.ForRestoring().ConnectAsync(ct).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        try
        {
            List<string> rows = await connection.NamesAsync("SELECT pg_catalog.row_to_json(a)::text FROM pg_catalog.pg_stat_activity a",
                ct).ConfigureAwait(false);
            // Inside of a text the quotation marks would have backslashes.
            int hidden = rows.Count(r => r.Contains(Hidden, StringComparison.Ordinal));
            if (hidden > 0)
                failed(LockdownErrors.EvidenceFailed.Make($"{hidden} of {rows.Count} sessions of database {name} do not show what they "
                    + "run, nor from where: the login may not see it.",
                    "GRANT pg_read_all_stats to the login of the environment file.", name));
            return string.Join('\n', rows) + "\n";
        }
        catch (PostgresException e) { throw PostgresErrors.Statement(e, $"Reading the sessions of {name}", name); }
        catch (NpgsqlException e)
        {
            throw LockdownErrors.EvidenceFailed.Make($"The sessions of database {name} could not be read to their end: {e.Message}",
                "See whether the server still runs.", name, e);
        }
    }

    /// <summary>Connections of a cache.</summary>
    public async Task<string> SessionsOfCacheAsync(string name, CancellationToken ct)
    {
        RedisServer server = await CacheServers.ResolveAsync(context, name, ct).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
        RedisReply reply = await connection.CallAsync(["CLIENT", "LIST"], ct).ConfigureAwait(false);
        return reply is RedisError error ? throw connection.Refused("CLIENT LIST", error) : reply.Text;
    }

    /// <summary>The files of the journal.</summary>
    public IEnumerable<string> JournalFiles() => !Directory.Exists(context.Environment.StateDirectory) ? []
        : Directory.GetFiles(context.Environment.StateDirectory, "journal*").Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
}
