using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Environments;

/// <summary>Whatever a file holds, loading it gives findings or an environment, and never an exception.</summary>
public sealed class EnvironmentFuzzTests : IDisposable
{
    private static readonly string[] Pieces =
    [
        ":", ": ", "- ", "\n", "\r", "\t", " ", "{", "}", "[", "]", ",", "&a ", "*a", "!", "!!str ", "!<x> ", "|", ">-", "\"", "'", "#", "%YAML 9.9\n",
        "---\n", "...\n", "?", "<<: ", "~", "null", "\\x", "\"\\u12", "\uFEFF", "\u2028", "\u0085", "\0", "😀", "env:", "file:/dev/null", "postgres://", "=", "@", "`", "0x", "1e999",
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mutated_texts_never_make_it_throw()
    {
        string path = Path.Combine(_folder.Path, "ops.yaml");
        int valid = 0, all = 0;
        Proof.ForEach(100_000, 5000, (random, _) =>
        {
            EnvironmentLoad load = EnvironmentLoader.LoadText(Mutate(EnvironmentSamples.Full, random), path);
            AssertWhole(load);
            all++;
            if (load.Environment is null) return;
            valid++;
            EnvironmentReferences.Check(load);
        });
        // A fuzzer whose inputs are all refused, or none, would test little.
        Assert.InRange(valid, all / 100, all - all / 100);
    }

    [Fact]
    public void Mutated_bytes_never_make_it_throw()
    {
        byte[] good = System.Text.Encoding.UTF8.GetBytes(EnvironmentSamples.Full);
        string path = Path.Combine(_folder.Path, "ops.yaml");
        Proof.ForEach(20_000, 1000, (random, _) =>
        {
            byte[] bytes = good[..random.Next(1, good.Length + 1)];
            for (int i = random.Next(4); i >= 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(path, bytes);
            AssertWhole(EnvironmentLoader.Load(path));
        });
    }

    [Fact]
    public void Mutated_compose_files_give_a_valid_environment_or_an_error_that_says_why()
    {
        int written = 0, all = 0;
        Proof.ForEach(15_000, 1500, (random, _) =>
        {
            // As bytes: a cut through the middle of a character is one of the mutations, and no text writer takes half of one.
            File.WriteAllBytes(Path.Combine(_folder.Path, "compose.yaml"), System.Text.Encoding.UTF8.GetBytes(Mutate(EnvironmentSamples.Compose, random)));
            all++;
            try
            {
                EnvironmentProposal proposal = EnvironmentAuthor.Propose(new NewEnvironmentRequest { Path = _folder.Path, Name = "fuzz" });
                Assert.NotNull(EnvironmentLoader.LoadText(proposal.Text, proposal.File).Environment);
                written++;
            }
            catch (OpsException e)
            {
                Assert.Contains(e.ErrorId, new[] { "ComposeFileInvalid", "EnvironmentNotWritten" });
            }
        });
        Assert.InRange(written, all / 30, all - all / 30);
    }

    private static void AssertWhole(EnvironmentLoad load)
    {
        bool hasError = load.Findings.Any(f => f.Severity == FindingSeverity.Error);
        Assert.True(hasError == load.Environment is null, "an environment exactly when there is no error");
        Assert.All(load.Findings, f => Assert.True(f.Message.Length > 0 && f.Line >= 0 && !f.Message.Contains("   at "), f.ToString()));
    }

    private static string Mutate(string text, Random random)
    {
        for (int i = random.Next(3); i >= 0; i--)
        {
            int at = random.Next(text.Length), length = Math.Min(random.Next(1, 30), text.Length - at);
            text = random.Next(5) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
                2 => text.Insert(random.Next(text.Length), text.Substring(at, length)),
                3 => text[..at] + Pieces[random.Next(Pieces.Length)] + text[Math.Min(text.Length, at + 1)..],
                _ => string.Concat(text.AsSpan(0, at), new string((char)random.Next(1, 0x3000), 1), text.AsSpan(at)),
            };
            if (text.Length == 0) return " ";
        }
        return text;
    }
}
