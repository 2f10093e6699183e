using System.Diagnostics;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>
/// What a database or schema holds, as lines, read by psql with a script of the tests' own: it shares nothing with the module, so what
/// the module forgets to restore and to compare is found here.
/// </summary>
internal static class Inventory
{
    /// <summary>The folder with the tests' databases.</summary>
    public static string Data { get; } = Path.Combine(Repository.Root, "tests", "data");

    /// <summary>Everything in a schema, or in the database.</summary>
    public static async Task<string[]> ReadAsync(DatabaseSettings database, string? schema) =>
        (await PsqlAsync(database, ["-v", "only=" + schema, "-f", Path.Combine(Data, "torture", "inventory.sql")])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs scripts of the tests' data.</summary>
    public static async Task RunAsync(DatabaseSettings database, params string[] files)
    {
        foreach (string file in files) await PsqlAsync(database, ["-o", "/dev/null", "-f", Path.Combine(Data, file)]);
    }

    /// <summary>Fails with the lines that differ.</summary>
    public static void AssertSame(string[] before, string[] after)
    {
        string[] lost = [.. before.Except(after)], came = [.. after.Except(before)];
        Assert.True(before.Length > 0, "The inventory is empty.");
        Assert.True(lost.Length + came.Length == 0, $"{lost.Length} lost:\n{Show(lost)}\n{came.Length} came:\n{Show(came)}");
        Assert.Equal(before.Length, after.Length);
    }

    public static async Task<string> PsqlAsync(DatabaseSettings database, string[] arguments)
    {
        var info = new ProcessStartInfo("psql") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-X", "-q", "-v", "ON_ERROR_STOP=1", .. arguments]) info.ArgumentList.Add(argument);
        (info.Environment["PGHOST"], info.Environment["PGPORT"]) = (database.Host, database.Port.ToString());
        (info.Environment["PGUSER"], info.Environment["PGPASSWORD"]) = (database.User, PostgresFixture.Password);
        (info.Environment["PGDATABASE"], info.Environment["PGOPTIONS"]) = (database.Database, "-c default_transaction_read_only=off -c client_min_messages=warning");
        using Process psql = Process.Start(info)!;
        Task<string> output = psql.StandardOutput.ReadToEndAsync(), error = psql.StandardError.ReadToEndAsync();
        await psql.WaitForExitAsync();
        return psql.ExitCode == 0 ? await output : throw new InvalidOperationException($"psql {string.Join(' ', arguments)}: {await error}");
    }

    private static string Show(string[] lines) => string.Join('\n', lines.Take(30).Select(l => "  " + (l.Length > 700 ? l[..700] + "…" : l)));
}
