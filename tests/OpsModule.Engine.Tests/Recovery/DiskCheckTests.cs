using System.Diagnostics;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A server on a small disk, where many small rows with indexes take far more than their text.</summary>
public sealed class DiskCheckTests
{
    [Fact]
    public async Task A_restore_that_would_fill_the_disk_is_refused_before_it_begins()
    {
        using var disk = new Tmpfs(260);
        var postgres = new PostgresFixture { Folder = Path.Combine(disk.Path, "pg") };
        Directory.CreateDirectory(postgres.Folder);
        await Process.Start("chmod", ["755", disk.Path]).WaitForExitAsync();
        await postgres.InitializeAsync();
        try
        {
            using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
            await lab.ExecuteAsync("CREATE TABLE tenant_demo.small (a smallint, b smallint); INSERT INTO tenant_demo.small SELECT i % 30000, i % 29000 FROM generate_series(1, 600000) i; CREATE INDEX ON tenant_demo.small (a); CREATE INDEX ON tenant_demo.small (b); CHECKPOINT");
            BackupRecord whole = await lab.BackUpAsync(null), tenant = await lab.BackUpAsync();
            long free = new DriveInfo(disk.Path).AvailableFreeSpace;
            // What the text of the rows takes would still fit.
            string filler = Path.Combine(disk.Path, "filler");
            await using (FileStream file = File.Create(filler)) await file.WriteAsync(new byte[free - (16 << 20)]);
            foreach (BackupRecord backup in new[] { whole, tenant })
            {
                Assert.True(backup.Tables.Sum(t => t.Bytes) * 1.3 < 16 << 20);
                foreach (Func<Task> restore in new Func<Task>[] { () => RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default), () => lab.RestoreAsync(backup) })
                {
                    OpsException error = await RecoveryLab.FailsAsync("DiskTooFull", restore);
                    Assert.Contains("beside the live data", error.Message);
                }
            }
            // The same when what was live is lost and cannot say how big it was.
            await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE; CHECKPOINT");
            await using (FileStream file = File.Create(filler)) await file.WriteAsync(new byte[new DriveInfo(disk.Path).AvailableFreeSpace - (16 << 20)]);
            await RecoveryLab.FailsAsync("DiskTooFull", () => RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = tenant }, default));
            File.Delete(filler);
            Assert.Equal(RestoreState.Restored, (await lab.RestoreAsync(tenant)).State);
        }
        finally
        {
            await postgres.DisposeAsync();
        }
    }
}
