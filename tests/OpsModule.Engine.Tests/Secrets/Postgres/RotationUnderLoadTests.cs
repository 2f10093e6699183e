using System.Collections.Concurrent;
using Npgsql;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Postgres;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>Clients log in anew all the time while passwords are rotated.</summary>
[Collection(LoginServer.Name)]
public sealed class RotationUnderLoadTests(LoginServerFixture server)
{
    private const int Clients = 4;

    [Fact]
    public async Task With_two_logins_nobody_is_ever_refused()
    {
        using LoginLab lab = await LoginLab.CreateAsync(server.Postgres);
        var load = new Load(lab, new SecretMaterial(LoginLab.First, lab.A));
        Task clients = load.Start();
        for (int round = 0; round < Proof.Cases(50, 3); round++)
        {
            SecretMaterial old = load.Material;
            PostgresSecretDriver driver = lab.Driver;
            SecretSurvey survey = await driver.LookAsync(old, default);
            var fresh = new SecretMaterial($"value-of-round-{round}", survey.NextLogin);
            await lab.RunAsync(run => driver.SetAsync(run, old, fresh, default));
            Assert.True((await driver.ProveAsync(fresh, default)).IsProven);
            // As services are replaced: nobody is left who would log in with the old one.
            await load.MoveAsync(fresh);
            await Until.TrueAsync(async () => (await driver.CountOldAsync(old, fresh, default))!.Count == 0);
            await lab.RunAsync(run => driver.DropAsync(run, old, fresh, default));
            Assert.True((await driver.ProveRefusedAsync(old, default)).IsProven);
        }
        load.Stop();
        await clients;
        Assert.Empty(load.Failures);
        Assert.True(load.Logins > Clients);
    }

    [Fact]
    public async Task With_one_login_only_the_gap_is_refused()
    {
        using LoginLab lab = await LoginLab.CreateAsync(server.Postgres, two: false);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.A);
        var load = new Load(lab, old);
        Task clients = load.Start();
        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));
        await Until.TrueAsync(() => Task.FromResult(!load.Failures.IsEmpty));
        await load.MoveAsync(fresh);
        int gap = load.Failures.Count, logins = load.Logins;
        await Until.TrueAsync(() => Task.FromResult(load.Logins > logins + Clients));
        load.Stop();
        await clients;
        Assert.Equal(gap, load.Failures.Count);
        Assert.All(load.Failures, f => Assert.Equal("28P01", f));
    }

    /// <summary>Clients that log in with the value of the moment, over and over.</summary>
    private sealed class Load(LoginLab lab, SecretMaterial first)
    {
        private readonly SecretMaterial?[] _seen = new SecretMaterial?[Clients];
        private volatile SecretMaterial _material = first;
        private volatile bool _ends;
        private int _logins;

        public SecretMaterial Material => _material;

        public ConcurrentQueue<string> Failures { get; } = [];

        public int Logins => _logins;

        public Task Start() => Task.WhenAll(Enumerable.Range(0, Clients).Select(number => Task.Run(() => RunAsync(number))));

        public void Stop() => _ends = true;

        public async Task MoveAsync(SecretMaterial material)
        {
            _material = material;
            await Until.TrueAsync(() => Task.FromResult(_seen.All(s => ReferenceEquals(s, material))));
        }

        private async Task RunAsync(int number)
        {
            while (!_ends)
            {
                SecretMaterial material = _seen[number] = _material;
                try
                {
                    await using NpgsqlConnection connection = await lab.LogInAsync(material);
                    await using var command = new NpgsqlCommand("SELECT 1", connection);
                    await command.ExecuteScalarAsync();
                    Interlocked.Increment(ref _logins);
                }
                catch (NpgsqlException e) { Failures.Enqueue(e.SqlState ?? e.Message); }
            }
        }
    }
}
