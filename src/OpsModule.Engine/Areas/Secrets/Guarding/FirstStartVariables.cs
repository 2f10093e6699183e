using OpsModule.Connections.Platforms.Compose;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Guarding;

/// <summary>
/// Variables of images that count only when a server makes its data folder. To write another value there changes nothing in a server that
/// runs: the new one would be accepted nowhere, and the old one would stay valid. <c>MINIO_ROOT_PASSWORD</c>, <c>REDIS_PASSWORD</c> and
/// <c>CLICKHOUSE_PASSWORD</c> are none of them: those are read at each start.
/// </summary>
internal static class FirstStartVariables
{
    private const string Sql = "ALTER ROLE ... PASSWORD at the server: declare the secret as postgres, which does that";
    private static readonly string[] Postgres = ["postgres", "postgis", "timescaledb", "pgvector", "supabase"];
    private static readonly string[] MySql = ["mysql", "mariadb", "percona"];

    /// <summary>What is known, each with the page of its maker.</summary>
    public static IReadOnlyList<FirstStartVariable> All { get; } =
    [
        new("POSTGRES_PASSWORD", Postgres, Sql, "hub.docker.com/_/postgres, 'Initialization scripts' and the warning before it"),
        new("POSTGRESQL_PASSWORD", ["postgresql"], Sql, "github.com/bitnami/containers, bitnami/postgresql, 'Setting the root password'"),
        new("POSTGRESQL_POSTGRES_PASSWORD", ["postgresql"], Sql, "github.com/bitnami/containers, bitnami/postgresql"),
        new("MYSQL_ROOT_PASSWORD", MySql, "ALTER USER 'root'@'...' IDENTIFIED BY ... at the server",
            "hub.docker.com/_/mysql, 'Environment Variables'"),
        new("MYSQL_PASSWORD", MySql, "ALTER USER ... IDENTIFIED BY ... at the server", "hub.docker.com/_/mysql, 'Environment Variables'"),
        new("MARIADB_ROOT_PASSWORD", ["mariadb"], "ALTER USER 'root'@'...' IDENTIFIED BY ... at the server",
            "hub.docker.com/_/mariadb, 'Environment Variables'"),
        new("MARIADB_PASSWORD", ["mariadb"], "ALTER USER ... IDENTIFIED BY ... at the server", "hub.docker.com/_/mariadb"),
        new("MONGO_INITDB_ROOT_PASSWORD", ["mongo"], "db.changeUserPassword() in the database admin",
            "hub.docker.com/_/mongo, 'Initializing a fresh instance'"),
        new("GF_SECURITY_ADMIN_PASSWORD", ["grafana"], "grafana cli admin reset-admin-password, or PUT /api/admin/users/1/password",
            "grafana.com/docs, 'Configure Grafana', security.admin_password: set once, at the first run"),
        new("RABBITMQ_DEFAULT_PASS", ["rabbitmq"], "rabbitmqctl change_password",
            "rabbitmq.com/docs/access-control, 'Default User Access'"),
        new("DOCKER_INFLUXDB_INIT_PASSWORD", ["influxdb"], "influx user password", "hub.docker.com/_/influxdb, 'Automated Setup'"),
        new("DOCKER_INFLUXDB_INIT_ADMIN_TOKEN", ["influxdb"], "influx auth create, then influx auth delete of the old one",
            "hub.docker.com/_/influxdb, 'Automated Setup'"),
        new("KEYCLOAK_ADMIN_PASSWORD", ["keycloak"], "kcadm.sh set-password", "keycloak.org/server/bootstrap-admin-recovery"),
        new("KC_BOOTSTRAP_ADMIN_PASSWORD", ["keycloak"], "kcadm.sh set-password", "keycloak.org/server/bootstrap-admin-recovery"),
        new("ELASTIC_PASSWORD", ["elasticsearch"], "elasticsearch-reset-password -u elastic",
            "elastic.co/docs, 'Built-in users', bootstrap password"),
        new("NEO4J_AUTH", ["neo4j"], "ALTER CURRENT USER SET PASSWORD", "neo4j.com/docs/operations-manual, 'Docker', initial password"),
        new("NEXTCLOUD_ADMIN_PASSWORD", ["nextcloud"], "occ user:resetpassword", "hub.docker.com/_/nextcloud, 'Auto configuration'"),
        new("PGADMIN_DEFAULT_PASSWORD", ["pgadmin"], "the user's page of pgAdmin, or setup.py update-user",
            "pgadmin.org/docs, 'Container Deployment'"),
        new("GITLAB_ROOT_PASSWORD", ["gitlab"], "gitlab-rake gitlab:password:reset[root]", "docs.gitlab.com, 'Initial root password'"),
        new("MSSQL_SA_PASSWORD", ["mssql", "server"], "ALTER LOGIN sa WITH PASSWORD at the server",
            "learn.microsoft.com/sql/linux, 'Change the SA password'"),
        new("SA_PASSWORD", ["mssql", "server"], "ALTER LOGIN sa WITH PASSWORD at the server", "learn.microsoft.com/sql/linux"),
    ];

    /// <summary>
    /// Looks at who reads a secret: refuses it where a server does at its first start and nothing else sets it there; else says which of
    /// its readers are that.
    /// </summary>
    /// <exception cref="OpsException"><c>SecretFirstStartOnly</c>.</exception>
    public static IReadOnlyList<string> Check(OpsContext context, SecretEntry entry, IReadOnlyList<TextPlace> places,
        IReadOnlyList<ComposeService> services)
    {
        var found = new List<(PlaceReader Reader, TextPlace Place, FirstStartVariable Variable)>();
        int others = 0;
        foreach (TextPlace place in places)
        {
            // Who reads it in a way that nobody sees counts as one that does.
            others += place.Use.Services.Count;
            foreach (PlaceReader reader in place.Readers)
                if (Find(context, reader, services) is { } variable) found.Add((reader, place, variable));
                else others++;
        }
        if (found.Count == 0) return [];
        bool isSet = entry.Kind == SecretKind.Postgres || (entry.Kind == SecretKind.Value && entry.Proof is { Kind: not "none" });
        // What nobody but its uses knows is told to no server: who logs in with it would be refused.
        if ((others == 0 && !isSet) || entry.Kind == SecretKind.Random)
        {
            (PlaceReader reader, TextPlace place, FirstStartVariable variable) = found[0];
            throw PlaceErrors.FirstStartOnly.Make($"{reader.Service} reads {reader.Variable} of {place.Words} only when it makes its data "
                + $"folder ({variable.Source}). To write another value there would change nothing in the server that runs"
                + (others == 0 ? ", and nobody else reads it." : ", and whoever else reads it would be refused by it."),
                $"Let the server be told: declare secrets.{entry.Name} as postgres:, or as value: with a proof; by hand: {variable.Remedy}.",
                entry.Name);
        }
        return [.. found.Select(f => $"{f.Reader.Service} reads {f.Reader.Variable} of {f.Place.Words} only at its first start; it is not "
            + "replaced, and has the old value, which counts no more, among its variables until it is made anew").Distinct()];
    }

    /// <summary>
    /// The services that get a value at their first start alone: to replace them would stop a server, and change nothing in it.
    /// </summary>
    public static IReadOnlySet<string> OnlyReaders(OpsContext context, IReadOnlyList<TextPlace> places,
        IReadOnlyList<ComposeService> services)
    {
        HashSet<string> named = [.. places.SelectMany(p => p.Use.Services)];
        return places.SelectMany(p => p.Readers).GroupBy(r => r.Service, StringComparer.Ordinal)
            .Where(g => !named.Contains(g.Key) && g.All(r => Find(context, r, services) is not null)).Select(g => g.Key)
            .ToHashSet(StringComparer.Ordinal);
    }

    private static FirstStartVariable? Find(OpsContext context, PlaceReader reader, IReadOnlyList<ComposeService> services)
    {
        if (reader.Variable is not { } name) return null;
        string image = services.FirstOrDefault(s => s.Name == reader.Service)?.Image ?? "";
        // One of their own, under another name, is known by what the environment file says of it.
        bool isDatabase = context.Environment.Databases.Values.Any(d => d.Service == reader.Service);
        return All.FirstOrDefault(v => v.IsOf(image, name) || (isDatabase && v.IsOf("postgres", name)));
    }
}
