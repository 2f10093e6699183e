using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Configuration.Comparing;
using OpsModule.Engine.Areas.Configuration.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Configuration;

/// <summary>A folder with an environment file, files that it names, a key of age, and a store in a folder.</summary>
internal sealed class ConfigurationLab : IDisposable
{
    public const string Password = "Kq7v9XbT2mLwZ4pR8sNd", Short = "hunter2";

    private readonly TempFolder _folder = new();
    private OpsContext? _context;

    public string Folder => _folder.Path;

    public string this[string name] => _folder[name];

    public RecordingReporter Reporter { get; } = new();

    public OpsContext Context => _context ??= Open();

    /// <summary>A lab with files as they usually are.</summary>
    public static async Task<ConfigurationLab> MakeAsync(bool encrypted = true, string more = "")
    {
        var lab = new ConfigurationLab();
        string encryption = "";
        if (encrypted)
        {
            await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-o", lab["age.key"]), null, default);
            string recipient = (await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-y", lab["age.key"]), null, default)).Trim();
            encryption = $", encryption: {{ recipients: [ {recipient} ], identity: \"age.key\" }}";
        }
        lab.Write("ops.yaml", $$"""
            environment: lab
            platform: { compose: { file: compose.yaml, project: lab } }
            services: { api: { env: api.env } }
            configuration: { files: [ conf/, "extra/*.conf" ], redact: [ "*_PIN" ] }
            backups: { stores: { local: { path: store } }{{encryption}} }
            {{more}}
            """);
        lab.Write("compose.yaml", "services:\n  api:\n    image: example/api:1\n    env_file: [ shared.env ]\n    volumes: [ \"./mounted.json:/app/mounted.json\" ]\n");
        lab.Write(".env", "TAG=1\n");
        lab.Write("shared.env", $"DATABASE_URL=postgres://app:{Password}@db/shop\n");
        lab.Write("api.env", $"# the api\nPORT=4000\nAPI_TOKEN={Password}\nADMIN_PASSWORD={Short}\nDOOR_PIN=4711\n");
        lab.Write("mounted.json", "{ \"level\": \"info\" }\n");
        lab.Write("conf/nginx.conf", "server { listen 80; }\n");
        lab.Write("conf/inner/limits.conf", "limit_req zone=a;\n");
        lab.Write("extra/a.conf", "a\n");
        lab.Write("extra/b.txt", "b\n");
        Directory.CreateDirectory(lab["store"]);
        File.SetUnixFileMode(lab["store"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return lab;
    }

    public string Write(string name, string text) => _folder.Write(name, text);

    /// <summary>The environment anew, as the file says it now.</summary>
    public OpsContext Open()
    {
        EnvironmentLoad load = EnvironmentLoader.Load(this["ops.yaml"]);
        return OpsContextFactory.Create(load.Environment ?? throw new InvalidOperationException(string.Join('\n', load.Findings)), Reporter);
    }

    /// <summary>Uses another environment from now on.</summary>
    public void Use(OpsContext context) => _context = context;

    public async Task<BackupRecord> BackUpAsync(bool redact = false)
    {
        ConfigurationBackupPlan plan = await new ConfigurationBackupPlanner(Context).PlanAsync(new ConfigurationBackupRequest { Redact = redact },
            e => throw e, default);
        var made = (BackupOutcome)(await new ChangeRunner(Context).RunAsync(plan.Plan!, default))!.Value!;
        return Assert.Single(made.Records);
    }

    public Task<ChangePlan?> PlanAsync(BackupRecord backup, params string[] paths) =>
        new ConfigurationRestorePlanner(Context).PlanAsync(backup, paths.Length == 0 ? null : paths, default);

    public async Task<ConfigurationRestore> RestoreAsync(BackupRecord backup, params string[] paths) =>
        (ConfigurationRestore)(await new ChangeRunner(Context).RunAsync((await PlanAsync(backup, paths))!, default))!.Value!;

    public Task<IReadOnlyList<ConfigurationDifference>> CompareAsync(BackupRecord backup, BackupRecord? other = null) =>
        new ConfigurationComparer(Context).CompareAsync(backup, other, default);

    /// <summary>The archive as it lies in the store, opened with programs of others alone.</summary>
    public async Task<string> UnpackAsync(BackupRecord backup)
    {
        string plain = this["plain.tar"], packed = this["plain.tar.zst"];
        byte[] stored = File.ReadAllBytes(backup.Location);
        File.WriteAllBytes(packed, stored);
        if (backup.Encrypted)
        {
            File.WriteAllBytes(this["plain.age"], stored);
            await ProgramRunner.RunAsync(new ProgramCall("age", "-d", "-i", this["age.key"], "-o", packed, this["plain.age"]), null, default);
        }
        string to = this["unpacked"];
        if (Directory.Exists(to)) Directory.Delete(to, recursive: true);
        Directory.CreateDirectory(to);
        await using (Stream file = backup.Compression == OpsModule.Foundations.Bytes.Compression.Zstd
            ? new OpsModule.Foundations.Bytes.ZstdDecompressor(File.OpenRead(packed)) : new OpsModule.Foundations.Bytes.GzipDecompressor(File.OpenRead(packed)))
        await using (FileStream made = File.Create(plain)) await file.CopyToAsync(made);
        await ProgramRunner.RunAsync(new ProgramCall("tar", "-xpf", plain, "--numeric-owner", "-C", to), null, default);
        return to;
    }

    public void Dispose()
    {
        _context?.Dispose();
        _folder.Dispose();
    }
}
