using System.Globalization;
using System.Net.Sockets;
using OpsModule.Engine.Areas.Secrets.Contract;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>
/// Posts an envelope to the DSN's host. It holds a client's report that nothing was lost, so that nobody is alerted of an event.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class SentryProof(TimeProvider time) : IValueProof
{
    public string DroppedByHand => "Disable the old key in Sentry: Settings, Projects, the project, Client Keys (DSN).";

    public IReadOnlyList<string> Warnings => ["Sentry's relay says that it has taken an envelope, and not whether it keeps what is in it."];

    public void Check(SecretMaterial material) => SentryDsn.Read(material);

    public string? HostOf(SecretMaterial material) => SentryDsn.Read(material).Envelope.Host;

    /// <summary>The same project with another key.</summary>
    public SecretMaterial? Nobodys(SecretMaterial like)
    {
        string key = SentryDsn.Read(like).Key;
        return new SecretMaterial(like.Value.Replace("//" + key, "//" + NobodysValue.Like(key), StringComparison.Ordinal));
    }

    public async Task<ValueAnswer> AskAsync(SecretMaterial material, Func<string, int, CancellationToken, Task<Socket>>? way,
        CancellationToken cancellationToken)
    {
        SentryDsn dsn = SentryDsn.Read(material);
        DateTimeOffset now = time.GetUtcNow();
        string item = $$"""{"timestamp":{{now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}},"discarded_events":[]}""";
        string body = $$"""{"sent_at":"{{now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}"}""" + "\n"
            + $$"""{"type":"client_report","length":{{item.Length.ToString(CultureInfo.InvariantCulture)}}}""" + "\n" + item + "\n";
        SecretAnswer answer = await SecretHttp.AskByPostAsync(dsn.Envelope, "X-Sentry-Auth",
            $"Sentry sentry_version=7, sentry_client=opsmodule/1.0, sentry_key={dsn.Key}",
            body, "application/x-sentry-envelope", way, cancellationToken).ConfigureAwait(false);
        return answer.Code switch
        {
            200 => new ValueAnswer(true, $"{dsn.Envelope.Host} took an envelope for project {dsn.Project}"),
            401 or 403 => new ValueAnswer(false, $"{dsn.Envelope.Host} refuses an envelope for project {dsn.Project} ({answer.Code})"),
            _ => new ValueAnswer(null, $"{dsn.Envelope.Host} {answer.Unproven}"),
        };
    }
}
