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
          web: { health: { url: "https://shop.example.net/health", status: 204, json: status, expect: ok, contains: ok, bearer: "env:TOKEN", apiKey: "env:KEY" } }
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
        checks:
          indexer.lag: { sql: "select 1", database: main, service: worker, warning: 5m, critical: 1h, remedy: "Restart it.", timeout: 3s }
          queue: { redis: LLEN jobs, cache: sessions, warning: 100 }
          page: { http: "https://shop.example.net/", contains: Welcome }
          smtp: { tcp: "mail.example.net:25" }
          name: { dns: shop.example.net, expect: 192.0.2.1 }
          cert: { certificate: "shop.example.net:443", warning: 30d }
        schedule:
          nightly: { at: "0 2 * * *", run: "Backup-OpsDatabase main | Assert-OpsResult", ping: "env:PING_URL", grace: 3h }
          due: { at: "*/15 * * * *", run: Resume-OpsChange -Due }
        alerts:
          repeat: 2h
          receivers:
            chat: { slack: "env:SLACK_WEBHOOK", minimum: warning, events: [ backup, verification, restore, drill, health ], timeout: 5s }
            pager: { webhook: "file:secrets/.env#PAGER", bearer: "env:PAGER_TOKEN", headers: { X-Team: "env:TEAM" }, success: true }
            mail:
              smtp: { host: mail.example.net, port: 587, tls: starttls, ca: ca.pem, user: ops, password: "env:MAIL_PASSWORD", from: "Apex <apex@example.net>", to: [ ops@example.net ] }
        metrics:
          textfile: /var/lib/prometheus/node-exporter
          pushgateway: { url: "https://push.example.net:9091", job: apex, grouping: { site: north }, bearer: "env:PUSH", headers: { X-A: "env:A" } }
          http: { url: "env:METRICS_URL", bearer: "env:PUSH", headers: { X-A: "env:A" } }
          timeout: 5s
        state: /var/lib/apex
        """;

    /// <summary>The forms in which people write compose files.</summary>
    public const string Compose = """
        name: apex-prod
        x-db: &db
          image: registry.example.net/library/postgres:16-alpine@sha256:0123
          restart: always
        services:
          postgres:
            <<: *db
            environment:
              POSTGRES_USER: ${PGUSER_APEX:-apex}
              POSTGRES_DB: "${PGDB_APEX:-apex_${STAGE:-prod}}"
              POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it}
          reports:
            <<: *db
            env_file: [ { path: reports.env, required: true } ]
          literal:
            image: postgis/postgis:15
            environment: [ "POSTGRES_PASSWORD=hunter2", POSTGRES_USER=gis ]
          mounted:
            image: timescale/timescaledb:latest
            environment: { POSTGRES_PASSWORD_FILE: /run/secrets/db_password }
          redis:
            image: redis:7
            command: redis-server --appendonly yes --requirepass ${REDIS_PASSWORD}
          api:
            build: .
            env_file: .env
            ports: [ "127.0.0.1:${API_PORT:-8080}:4000", "9000:9000/udp" ]
            healthcheck: { test: [ CMD, curl, -f, "http://localhost:4000/health?deep=1" ] }
          web:
            image: nginx
            ports: [ { target: 80, published: "8081" } ]
          worker:
            build: .
        secrets:
          db_password: { file: ./secrets/db.txt }
        """;
}
