using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Postgres;
using OpsModule.Engine.Areas.Secrets.Redis;
using OpsModule.Engine.Areas.Secrets.Values;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Opening;

/// <summary>The kinds of secrets that can be rotated. A new one is one more line here.</summary>
internal static class SecretDrivers
{
    /// <summary>How each kind is opened.</summary>
    public static IReadOnlyDictionary<SecretKind, Func<OpsContext, SecretEntry, ISecretDriver>> All { get; set; } =
        new Dictionary<SecretKind, Func<OpsContext, SecretEntry, ISecretDriver>>
        {
            [SecretKind.Random] = (_, _) => new RandomSecretDriver(),
            // Nobody but its uses knows it.
            [SecretKind.Jwt] = (_, _) => new RandomSecretDriver(),
            [SecretKind.ApiKey] = (context, entry) => entry.IsPhased ? new ValueSecretDriver(context, entry)
                : new ApiKeySecretDriver(context, entry),
            [SecretKind.Postgres] = (context, entry) => new PostgresSecretDriver(context, entry),
            [SecretKind.Redis] = (context, entry) => new RedisSecretDriver(context, entry),
            [SecretKind.Value] = (context, entry) => entry.Sentry is null ? new ValueSecretDriver(context, entry)
                : new SentrySecretDriver(context, entry),
        };

    /// <summary>The driver of an entry; nothing is asked yet.</summary>
    /// <exception cref="OpsException"><c>SecretUnsupported</c>.</exception>
    public static ISecretDriver Open(OpsContext context, SecretEntry entry) => All.TryGetValue(entry.Kind, out var open)
        ? open(context, entry)
        : throw SecretErrors.SecretUnsupported.Make($"Secrets of the kind {entry.Kind} cannot be rotated here.",
            "Use a version of OpsModule that knows them.", entry.Name);
}
