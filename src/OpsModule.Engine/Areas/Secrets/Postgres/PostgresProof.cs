using System.Net.Sockets;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Proving;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>
/// Tries a login from where a service stands that uses it: lines of pg_hba.conf go by the address that asks, so that one that is let in
/// from here may be refused there.
/// </summary>
/// <param name="context">The environment.</param>
/// <param name="entry">The entry of <c>secrets:</c>.</param>
internal sealed class PostgresProof(OpsContext context, SecretEntry entry)
{
    private const int Usual = 5432;

    /// <summary>What a pooler in between answers to a login that it does not know, which is not the server's word.</summary>
    private const string ProtocolViolation = "08P01";

    /// <summary>Tries once.</summary>
    /// <returns>What was seen, and from where.</returns>
    public async Task<(LoginOutcome Outcome, string From)> TryAsync(string login, string password, CancellationToken ct)
    {
        DatabaseSettings settings = DatabaseServers.FindSettings(context.Environment, entry.Database);
        PostgresServer here = await DatabaseServers.ResolveAsync(context, entry.Database, ct).ConfigureAwait(false);
        (string Host, int Port)? there = AddressThere.Of(entry, "postgres", settings.Service, settings.Host, settings.Port, Usual);
        using ProofStand stand = await ProofStand.FindAsync(context, entry, settings.Service, there is not null, ct).ConfigureAwait(false);
        return await stand.AskAsync(way => way is null ? LoginAttempt.TryAsync(here, login, password, ct)
            : ThroughAsync(here, there!.Value, way, login, password, ct),
            outcome => outcome is { Answer: LoginAnswer.Unknown, SqlState: null or ProtocolViolation }).ConfigureAwait(false);
    }

    /// <summary>Npgsql makes its connections itself: it is given a port of loopback that leads there.</summary>
    private static async Task<LoginOutcome> ThroughAsync(PostgresServer server, (string Host, int Port) there,
        Func<string, int, CancellationToken, Task<Socket>> way, string login, string password, CancellationToken ct)
    {
        string? failed = null;
        await using LoopbackRelay relay = LoopbackRelay.OpenPrivate($"{there.Host}:{there.Port}", token => way(there.Host, there.Port,
            token), why => failed = why);
        LoginOutcome outcome = await LoginAttempt.TryAsync(server, relay.Port, there, login, password, ct).ConfigureAwait(false);
        return failed is null ? outcome : outcome with { Words = $"{outcome.Words} ({failed})" };
    }
}
