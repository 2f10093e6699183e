namespace OpsModule.Engine.Tests.Environments;

/// <summary>Environment files used by several tests.</summary>
internal static class EnvironmentSamples
{
    /// <summary>Every key that there is.</summary>
    public const string Full = """
        # a comment
        x-common: &login { user: apex, password: "env:APEX_TEST_PASSWORD" }
        environment: apex
        platform:
          compose: { file: deploy/compose.yaml, project: apex }
        services:
          api: { health: "http://127.0.0.1:4000/health", env: .env }
          worker:
        databases:
          main: { <<: *login, service: postgres, name: apex, tenantSchema: "tenant_{tenant}", maintenanceDatabase: apex_admin }
          reports:
            host: db.example.net
            port: 5433
            name: reports
            user: reader
            password: "file:secrets/.env#REPORTS"
            sslmode: verify-full
          legacy: { url: "postgres://old@10.0.0.1:6000/legacy?sslmode=require" }
        caches:
          main: { service: redis, password: "vault:redis" }
          sessions: { host: 127.0.0.1, port: 6380, user: app }
        backups:
          stores:
            local: { path: backups }
            offsite:
              s3: apex-backups
              prefix: prod
              endpoint: "https://s3.example.net"
              region: eu-central-1
              accessKey: "env:KEY"
              secretKey: "env:SECRET"
              pathStyle: false
          retention: { database: 30d, wal: 7d, cache: 24h, configuration: 12w }
          encryption: { recipients: [ age1one, age1two ], identity: /etc/apex/identity.txt }
          labels: { team: payments }
        drill:
          minTables: 3
          queries:
            - select count(*) from users
            - { name: "there are orders", sql: "select exists (select from orders)", database: main }
        thresholds: { disk.free: { warning: 20%, critical: 10% }, cache.hitRate: { warning: 70% } }
        state: /var/lib/apex
        """;
}
