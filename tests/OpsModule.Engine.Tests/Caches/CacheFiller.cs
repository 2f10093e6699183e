using System.Diagnostics;
using System.Text;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>Fills a server through redis-cli with keys of every type, and asks it.</summary>
internal static class CacheFiller
{
    private const string Function = "#!lua name=mylib\\nredis.register_function('answer', function(keys, args) return 42 end)";

    /// <summary>Runs commands, one a line, and gives what was printed.</summary>
    public static async Task<string> RunAsync(int port, string commands, params string[] arguments)
    {
        var info = new ProcessStartInfo("redis-cli", ["-p", port.ToString(), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(info)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(commands);
            process.StandardInput.Close();
        }
        catch (IOException) { /* it has ended; what it printed tells */ }
        await process.WaitForExitAsync();
        string printed = await output;
        if ((await errors).Length > 0 && process.ExitCode != 0) throw new InvalidOperationException(await errors);
        return printed.TrimEnd('\n');
    }

    /// <summary>Keys of every type and encoding that the server knows, in databases 0 and 3, some of which expire.</summary>
    public static async Task FillAsync(int port, int few = 40)
    {
        var commands = new StringBuilder();
        void Add(string command) => commands.Append(command).Append('\n');
        Add("set number:8 12\nset number:16 3000\nset number:32 2000000000\nset number:64 9000000000000\nset empty \"\"");
        Add($"set text:packed {new string('a', 5000)}\nset {new string('k', 300)} long-name\nset \"t:demo:bin\\x00\\xff\\r\\n\" \"\\x00\\x01\\xfe\"");
        for (int i = 0; i < few; i++)
        {
            Add($"set t:demo:{i} value-{i} ex {100_000 + i}\nset t:other:{i} {i}\nhset hash:small f{i} v{i}\nsadd set:ints {i}\nsadd set:texts member-{i}");
            Add($"zadd zset:small {i}.5 m{i}\nrpush list:small e{i}\nhset hash:large f{i} {new string('x', 70 + i)}\nzadd zset:large {i} {new string('m', 70 + i)}");
            Add($"rpush list:large {new string('q', 9000 + i)}\nxadd stream 1-{i + 1} field value-{i}");
        }
        Add("zadd zset:large inf top\nzadd zset:large -inf bottom\nxgroup create stream group 0\nxreadgroup group group alice count 5 streams stream >");
        Add("xreadgroup group group bob count 2 streams stream >\nxack stream group 1-1\nxdel stream 1-9\nxgroup create stream empty $");
        Add("setbit bits 100 1\npfadd hll a b c\ngeoadd places 13.361389 38.115556 Palermo");
        Add("select 3\nset in:three yes\nset late soon px 86400000\nrename late t:demo:late");
        await RunAsync(port, commands.ToString());
        await RunAsync(port, "", "FUNCTION", "LOAD", Function.Replace("\\n", "\n", StringComparison.Ordinal));
    }

    /// <summary>What is in a server: the digest that the server itself makes of all keys, values and expiries, with its functions.</summary>
    public static async Task<string> DigestAsync(int port, params string[] arguments) =>
        await RunAsync(port, "debug digest\nfunction list withcode\n", arguments);

    public static async Task<long> CountAsync(int port, int database = 0) => long.Parse(await RunAsync(port, "dbsize\n", "-n", database.ToString()));
}
