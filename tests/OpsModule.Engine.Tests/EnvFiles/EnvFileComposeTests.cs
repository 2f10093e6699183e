using System.Text;
using System.Text.Json;
using OpsModule.Connections.Files;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Tests.EnvFiles;

/// <summary>Made-up env files, read by the Composes themselves: many in one call, each the env file of a service of its own.</summary>
[Collection(DockerCollection.Name)]
public sealed class EnvFileComposeTests
{
    private const int InOneCall = 500;

    /// <summary>Names that files refer to: of the shell, of the project's .env, and of nobody.</summary>
    private static readonly string[] Names = ["A", "B", "C2", "_d", "OPSENVSHELL", "OPSENVPROJECT", "OPSENVNONE"];

    private static readonly string[] Words = ["x", "word", "1", "p@ss", "a b", "ä", "中", "#", " # c", "=", ":", "\\", "\\\\", "\\n", "\\t", "\\$", "\\'", "\\\"", "\\0101", "\\q",
        "$", "$$", "$A", "$B ", "${A}", "${B}", "${OPSENVSHELL}", "${OPSENVPROJECT}", "${OPSENVNONE}", "${OPSENVNONE:-d e}", "${A:-${B}}", "${A-d}", "${A:+alt}", "${B+alt}", "${A:-x}}",
        "{", "}", "%", "!", "`", ";", "&", "|", "*", "~", "\u00a0", "\u2003", "\f"];

    [Fact]
    public async Task Files_are_read_as_Compose_v2_reads_them()
    {
        using var second = new ComposeV2();
        await CompareAsync(EnvDialect.ComposeGo, 40, async folder => Environments(JsonDocument.Parse(await RunAsync(folder, "docker", "compose", "config", "--format", "json"))
            .RootElement.GetProperty("services")));
    }

    [Fact]
    public Task Files_are_read_as_Compose_v1_reads_them() => CompareAsync(EnvDialect.PythonDotenv, 0, async folder =>
        Environments((YamlMap)((YamlMap)YamlTree.Read(await RunAsync(folder, "docker-compose", "config"))!)["services"]!));

    /// <summary>Compares what we make of files with what Compose does; some of those that we say it refuses are given to it one by one.</summary>
    private static async Task CompareAsync(EnvDialect dialect, int refusedToTry, Func<string, Task<Dictionary<string, Dictionary<string, string>>>> askAsync)
    {
        Environment.SetEnvironmentVariable("OPSENVSHELL", "from$shell");
        using var folder = new TempFolder();
        folder.Write(".env", "OPSENVPROJECT='from.env'\n");
        Random random = Proof.Random(dialect == EnvDialect.ComposeGo ? 2 : 1);
        (int seen, int differing, int refused) = (0, 0, 0);
        try
        {
            for (int batch = 0; seen < Proof.Cases(10_000, InOneCall); batch++)
            {
                var files = new List<(string Text, IReadOnlyDictionary<string, string> Values)>();
                while (files.Count < InOneCall)
                {
                    string text = Make(random);
                    EnvFile file = EnvFile.Parse(text, dialect);
                    Assert.Equal(text, file.ToString());
                    EnvValues values = file.Values(Find(dialect), Find(EnvDialect.ComposeGo));
                    if (file.Fault is null && values.Faults.Count == 0) files.Add((text, values.All));
                    else if (refused++ < Proof.Cases(refusedToTry * 10, refusedToTry)) await AssertRefusedAsync(folder, text);
                }
                Write(folder, [.. files.Select(f => f.Text)]);
                Dictionary<string, Dictionary<string, string>> told = await askAsync(folder.Path);
                for (int i = 0; i < files.Count; i++)
                {
                    differing += files[i].Values.Count > 0 && EnvFile.Parse(files[i].Text, 1 - dialect).Values(Find(1 - dialect), Find(EnvDialect.ComposeGo)).All is var other
                        && !other.OrderBy(v => v.Key, StringComparer.Ordinal).SequenceEqual(files[i].Values.OrderBy(v => v.Key, StringComparer.Ordinal)) ? 1 : 0;
                    Assert.True(Text(files[i].Values) == Text(told.GetValueOrDefault($"s{i}") ?? []),
                        $"{Proof.Again}: {JsonSerializer.Serialize(files[i].Text)}\n{dialect} makes of it\n{Text(told.GetValueOrDefault($"s{i}") ?? [])}\nand we make\n{Text(files[i].Values)}");
                }
                seen += files.Count;
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable("OPSENVSHELL", null);
        }
        // The two do not agree on many of these files, so that one dialect cannot pass for the other.
        Assert.True(differing > seen / 10, $"{differing} of {seen} differ");
    }

    private static Func<string, string?> Find(EnvDialect dialect) => name => name switch
    {
        "OPSENVSHELL" => "from$shell",
        "OPSENVPROJECT" when dialect == EnvDialect.ComposeGo => "from.env",
        _ => null,
    };

    private static string Make(Random random)
    {
        var text = new StringBuilder(random.Next(8) == 0 ? "\uFEFF" : "");
        for (int lines = random.Next(1, 6); lines > 0; lines--)
        {
            string end = random.Next(5) == 0 ? "\r\n" : random.Next(40) == 0 ? "\r" : random.Next(30) == 0 ? "" : "\n";
            string value = string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => Words[random.Next(Words.Length)]));
            char quote = random.Next(4) switch { 0 => '\'', 1 => '"', _ => ' ' };
            if (quote != ' ' && random.Next(6) == 0) value += "\nmore";
            if (quote != ' ') value = quote + value + (random.Next(60) == 0 ? "" : quote);
            string name = (random.Next(6) == 0 ? "export " : "") + (random.Next(25) == 0 ? "'A'" : Names[random.Next(Names.Length - 1)]);
            text.Append(random.Next(20) switch
            {
                0 => "# " + value.Replace("\n", ""),
                1 => "",
                2 => name,
                3 => $"{name}: {value}",
                4 => $"  {name} =\t{value}  ",
                5 => $"{name}={value} # comment",
                6 => $"{name}={value}b=c",
                7 => $"{name}+={value}",
                _ => $"{name}={value}",
            }).Append(end);
        }
        return text.ToString();
    }

    private static void Write(TempFolder folder, string[] files)
    {
        var compose = new StringBuilder("services:\n");
        for (int i = 0; i < files.Length; i++)
        {
            compose.Append($"  s{i}: {{ image: x, env_file: [files/{i}.env] }}\n");
            folder.Write($"files/{i}.env", files[i]);
        }
        folder.Write("compose.yaml", compose.ToString());
    }

    private static async Task AssertRefusedAsync(TempFolder folder, string text)
    {
        Write(folder, [text]);
        OpsException? refused = null;
        try { await RunAsync(folder.Path, "docker", "compose", "config", "--format", "json"); }
        catch (OpsException e) { refused = e; }
        Assert.True(refused is not null, $"{Proof.Again}: Compose does not refuse {JsonSerializer.Serialize(text)}");
    }

    private static Task<string> RunAsync(string folder, params string[] words) =>
        ProgramRunner.RunAsync(new ProgramCall(words[0], words[1..]) { WorkingDirectory = folder, Keeps = ["OPSENV*"] }, null, default);

    /// <summary>Composes write a dollar twice, so that what they write can be read as a compose file again. A name alone has no value there.</summary>
    private static string Plain(string value) => value.Replace("$$", "$");

    private static Dictionary<string, Dictionary<string, string>> Environments(JsonElement services) => services.EnumerateObject().ToDictionary(s => s.Name,
        s => s.Value.TryGetProperty("environment", out JsonElement set) ? set.EnumerateObject().Where(v => v.Name.Length > 0 && v.Value.ValueKind == JsonValueKind.String)
            .ToDictionary(v => v.Name, v => Plain(v.Value.GetString()!)) : []);

    private static Dictionary<string, Dictionary<string, string>> Environments(YamlMap services) => services.Entries.ToDictionary(s => s.Key.Value,
        s => ((s.Value as YamlMap)?["environment"] as YamlMap)?.Entries.Where(v => v.Value is YamlText { IsNull: false })
            .ToDictionary(v => v.Key.Value, v => Plain(((YamlText)v.Value!).Value)) ?? []);

    private static string Text(IReadOnlyDictionary<string, string> values) => JsonSerializer.Serialize(values.OrderBy(v => v.Key, StringComparer.Ordinal));
}
