using OpsModule.Engine.Environments.Signatures;
using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Vaults;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>
/// Looks at what an environment refers to: secrets, files and services. These are not looked at when a file is loaded, so that a
/// missing cache password does not keep anyone from restoring a database.
/// </summary>
public static class EnvironmentReferences
{
    /// <summary>Reports every reference that leads nowhere.</summary>
    public static IReadOnlyList<EnvironmentFinding> Check(EnvironmentLoad load)
    {
        if (load.Environment is not { } environment) return [];
        var findings = new FindingList(environment.File);
        CheckSecrets(environment, load, findings);
        CheckFiles(environment, load, findings);
        CheckServices(environment, load, findings);
        CheckTls(environment, load, findings);
        return findings.All;
    }

    private static void CheckSecrets(OpsEnvironment environment, EnvironmentLoad load, FindingList findings)
    {
        var readable = new HashSet<string>(StringComparer.Ordinal);
        foreach ((SecretReference? secret, string path) in SecretsOf(environment)) Check(secret, path);

        void WarnWhenReadable(string file, string path)
        {
            if (OperatingSystem.IsWindows() || !File.Exists(file)) return;
            UnixFileMode mode = File.GetUnixFileMode(file);
            if ((mode & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
                findings.Warning("SecretReadable", At(load, path), path,
                    $"Every user of this machine can read or change {file} (mode {Convert.ToString((int)mode, 8)}), which {path} comes from.",
                    $"chmod 600 {Path.GetFileName(file)}");
        }

        void Check(SecretReference? secret, string path)
        {
            try { secret?.Resolve(); }
            catch (OpsException e) { findings.Error(e.ErrorId, At(load, path), path, e.Message + " " + e.RecommendedAction); }
            if (secret?.FilePath is { } file && readable.Add(file)) WarnWhenReadable(file, path);
        }
    }

    /// <summary>All references to secrets, and where in the file they stand.</summary>
    internal static IEnumerable<(SecretReference? Secret, string Path)> SecretsOf(OpsEnvironment environment)
    {
        yield return (environment.Backups.Signing?.Key, "backups.signing.key");
        yield return (environment.Backups.Signing?.Previous, "backups.signing.previous");
        foreach (DatabaseSettings database in environment.Databases.Values)
        {
            yield return (database.Password, $"databases.{database.Name}.password");
            yield return (database.RestoreUser?.Password, $"databases.{database.Name}.restoreUser.password");
        }
        foreach (CacheSettings cache in environment.Caches.Values) yield return (cache.Password, $"caches.{cache.Name}.password");
        foreach (StoreSettings store in environment.Backups.Stores.Values)
        {
            yield return (store.AccessKey, $"backups.stores.{store.Name}.accessKey");
            yield return (store.SecretKey, $"backups.stores.{store.Name}.secretKey");
        }
        foreach (ReceiverSettings receiver in environment.Alerts.Receivers.Values)
        {
            string path = $"alerts.receivers.{receiver.Name}";
            yield return (receiver.Url, $"{path}.{receiver.Kind.ToString().ToLowerInvariant()}");
            yield return (receiver.Smtp?.Password, path + ".smtp.password");
            foreach (var header in OfHeaders(receiver.Bearer, receiver.Headers, path)) yield return header;
        }
        foreach ((MetricEndpoint? endpoint, string path) in new[] { (environment.Metrics.Pushgateway, "metrics.pushgateway"),
            (environment.Metrics.Http, "metrics.http") })
        {
            if (endpoint is null) continue;
            yield return (endpoint.Url, path + ".url");
            foreach (var header in OfHeaders(endpoint.Bearer, endpoint.Headers, path)) yield return header;
        }
        foreach (ServiceSettings service in environment.Services.Values)
            foreach (var secret in OfEndpoint(service.Endpoint, $"services.{service.Name}.health")) yield return secret;
        foreach (var secret in OfEndpoint(environment.Prometheus, "prometheus")) yield return secret;
        foreach (CheckSettings check in environment.Checks.Values.Where(c => !ReferenceEquals(c.Endpoint, environment.Prometheus)))
            foreach (var secret in OfEndpoint(check.Endpoint, $"checks.{check.Name}")) yield return secret;
        foreach (EnvironmentSection section in EnvironmentSection.All)
            foreach (var secret in section.SecretsOf(environment)) yield return secret;
    }

    private static IEnumerable<(SecretReference? Secret, string Path)> OfHeaders(SecretReference? bearer,
        IReadOnlyDictionary<string, SecretReference> headers, string path) =>
        headers.Select(h => ((SecretReference?)h.Value, $"{path}.headers.{h.Key}")).Prepend((bearer, path + ".bearer"));

    private static IEnumerable<(SecretReference? Secret, string Path)> OfEndpoint(EndpointSettings? endpoint, string path) =>
        [(endpoint?.Bearer, path + ".bearer"), (endpoint?.ApiKey, path + ".apiKey")];

    private static void CheckFiles(OpsEnvironment environment, EnvironmentLoad load, FindingList findings)
    {
        foreach (ServiceSettings service in environment.Services.Values.Where(s => s.EnvFile is not null && !File.Exists(s.EnvFile)))
            findings.Warning("FileMissing", At(load, $"services.{service.Name}.env"), $"services.{service.Name}.env",
                $"The environment file of {service.Name} is missing: {service.EnvFile}.", "an existing file");
        foreach (DatabaseSettings database in environment.Databases.Values.Where(d => d.CaFile is not null && !File.Exists(d.CaFile)))
            findings.Error("FileMissing", At(load, $"databases.{database.Name}.ca"), $"databases.{database.Name}.ca", $"The certificate authorities of {database.Name} are missing: {database.CaFile}.", "an existing file");
        foreach (CacheSettings cache in environment.Caches.Values.Where(c => c.CaFile is not null && !File.Exists(c.CaFile)))
            findings.Error("FileMissing", At(load, $"caches.{cache.Name}.ca"), $"caches.{cache.Name}.ca", $"The certificate authorities of {cache.Name} are missing: {cache.CaFile}.", "an existing file");
        foreach (ReceiverSettings receiver in environment.Alerts.Receivers.Values.Where(r => r.Smtp?.CaFile is { } file && !File.Exists(file)))
            findings.Error("FileMissing", At(load, $"alerts.receivers.{receiver.Name}.smtp.ca"), $"alerts.receivers.{receiver.Name}.smtp.ca",
                $"The certificate authorities of {receiver.Name} are missing: {receiver.Smtp!.CaFile}.", "an existing file");
        for (int i = 0; i < environment.Backups.Recipients.Count; i++)
        {
            if (AgeRecipient.IsValid(environment.Backups.Recipients[i])) continue;
            string path = $"backups.encryption.recipients[{i}]";
            findings.Error("RecipientInvalid", At(load, "backups.encryption.recipients"), path, $"'{environment.Backups.Recipients[i]}' is no age recipient: it has not the form of one, or its checksum is wrong. No backup can be made with it.",
                "a public key as age-keygen prints it (age1...), or an SSH public key");
        }
        if (environment.Backups.IdentityFile is { } open && !OperatingSystem.IsWindows() && File.Exists(open)
            && (File.GetUnixFileMode(open) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
            findings.Warning("IdentityReadable", At(load, "backups.encryption.identity"), "backups.encryption.identity",
                $"Every user of this machine can read or change the age identity file {open} (mode {Convert.ToString((int)File.GetUnixFileMode(open), 8)}), and with it read all backups.", $"chmod 600 {Path.GetFileName(open)}");
        if (environment.Backups.IdentityFile is { } identity && !File.Exists(identity))
            findings.Warning("FileMissing", At(load, "backups.encryption.identity"), "backups.encryption.identity",
                $"The age identity file is missing: {identity}. Backups can be made, but not restored or drilled from this machine.", "an existing file, where backups are restored");
    }

    private static void CheckTls(OpsEnvironment environment, EnvironmentLoad load, FindingList findings)
    {
        foreach (CacheSettings cache in environment.Caches.Values.Where(c => c is { Tls: false, Password: not null, Host: not null } && !HttpTargets.IsLoopback(c.Host)))
            findings.Warning("CredentialsInClear", At(load, $"caches.{cache.Name}.password"), $"caches.{cache.Name}.password", $"The password of {cache.Name} goes to {cache.Host} without TLS.",
                "'tls: true' beside it, and TLS on the server");
        foreach (StoreSettings store in environment.Backups.Stores.Values.Where(s => s.Endpoint is { } endpoint && HttpTargets.IsInClear(endpoint)))
            findings.Warning("CredentialsInClear", At(load, $"backups.stores.{store.Name}.endpoint"), $"backups.stores.{store.Name}.endpoint",
                $"The store {store.Name} is signed in to, and gets backups, without TLS.", "an endpoint that begins with https://");
        foreach (DatabaseSettings database in environment.Databases.Values.Where(d => d.Host is { } host && !HttpTargets.IsLoopback(host)))
        {
            PostgresTls tls;
            try { tls = PostgresTls.Of(database, database.Host!); }
            catch (OpsException e)
            {
                findings.Error(e.ErrorId, At(load, $"databases.{database.Name}"), $"databases.{database.Name}.sslmode", e.Message, null);
                continue;
            }
            if (!tls.Verifies && !tls.IsSocket)
                findings.Warning("TlsNotVerified", At(load, $"databases.{database.Name}"), $"databases.{database.Name}.sslmode",
                    $"Nobody makes sure that it is {database.Host} that answers for databases.{database.Name}: with sslmode {tls.Mode ?? "prefer"} whoever stands in between can read and change what is sent.",
                    "'sslmode: verify-full', and 'ca: FILE' where its certificate comes from an authority of your own");
        }
    }

    private static void CheckServices(OpsEnvironment environment, EnvironmentLoad load, FindingList findings)
    {
        var named = environment.Databases.Values.Where(d => d.Service is not null).Select(d => ($"databases.{d.Name}.service", d.Service!))
            .Concat(environment.Caches.Values.Where(c => c.Service is not null).Select(c => ($"caches.{c.Name}.service", c.Service!)))
            .ToList();
        if (environment.Platform.Kind == PlatformKind.Compose)
        {
            if (ReadCompose(environment.Platform.ComposeFile!, load, findings) is not { } compose) return;
            // What is included by URL is not read, and may hold any service.
            if (compose.Unread.Count > 0) return;
            List<string> services = compose.Services.Select(s => s.Name).ToList();
            named.AddRange(environment.Services.Keys.Select(name => ($"services.{name}", name)));
            foreach (CertificateSettings certificate in environment.Certificates.Values)
            {
                if (certificate.Service is { } serving) named.Add(($"certificates.{certificate.Name}.service", serving));
                if (certificate.CertbotService is { } renewing) named.Add(($"certificates.{certificate.Name}.certbotService", renewing));
            }
            // Only containers know each other by such names.
            foreach (DatabaseSettings database in environment.Databases.Values.Where(d => d.Service is null && d.Host is { } host
                && services.Contains(host, StringComparer.Ordinal)))
                findings.Warning("HostIsService", At(load, $"databases.{database.Name}"), $"databases.{database.Name}.host",
                    $"{database.Host} is a service of {Path.GetFileName(compose.Path)}; from here it has no address under that name.",
                        $"'service: {database.Host}' in its place");
            foreach ((string path, string service) in named.Where(n => !services.Contains(n.Item2, StringComparer.Ordinal)))
                findings.Error("ServiceUnknown", At(load, path), path, $"{compose.Path} has no service '{service}'.",
                    services.Count == 0 ? null : "one of " + string.Join(", ", services), NearestName.Of(service, services));
        }
        else if (environment.Platform.Kind == PlatformKind.Host)
        {
            foreach ((string path, string service) in named)
                findings.Error("ServiceUnknown", At(load, path), path, $"{path} is '{service}', but there is no platform that runs services.",
                    "'platform: { compose: {} }' in the file, or host in place of service");
        }
    }

    private static ComposeFile? ReadCompose(string path, EnvironmentLoad load, FindingList findings)
    {
        string key = load.Places.ContainsKey("platform.compose.file") ? "platform.compose.file" : "platform.compose";
        try
        {
            return ComposeFile.Read(path);
        }
        catch (OpsException e)
        {
            findings.Error(e.ErrorId, At(load, key), key, e.Message, File.Exists(path) ? null : "the path of the compose file");
            return null;
        }
    }

    private static YamlItem? At(EnvironmentLoad load, string path) => load.Places.GetValueOrDefault(path);
}
