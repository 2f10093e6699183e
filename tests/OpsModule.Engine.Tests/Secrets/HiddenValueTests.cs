using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>Values that are rotated are shown neither by what other programs say nor by the journal, though no reference names them.</summary>
public sealed class HiddenValueTests : IDisposable
{
    private readonly SecretLab _lab = new("");

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("made-Value/88-42")]
    [InlineData("first line 7Tq of it\nsecond line 7Tq of it")]
    public async Task A_value_that_is_kept_is_hidden_in_errors_of_programs_and_in_the_journal(string value)
    {
        string said = $"line 3: {value.Split('\n')[^1]}, {Uri.EscapeDataString(value)}, {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value))}";
        Assert.Contains("line 3: " + value.Split('\n')[^1], await SayAsync(said));

        new SecretStore(_lab.Context).Write(new KeptSecret { Name = "app", Pending = new SecretMaterial(value) });

        string error = await SayAsync(said);
        Assert.Contains("line 3: ****, ****, ****", error);
        await using (IJournaledChange change = await _lab.Context.Journal.BeginAsync("Test-Secret", "secret/app"))
        {
            await change.StepAsync("prove", new Dictionary<string, string> { ["prove.proof"] = "the server says " + said });
            await change.FailAsync("TestFailed", said);
        }
        foreach (string file in Directory.EnumerateFiles(_lab.Context.Environment.StateDirectory, "*.jsonl", SearchOption.AllDirectories))
            Assert.DoesNotContain(value.Split('\n')[^1], File.ReadAllText(file));
        Assert.NotEmpty(Directory.EnumerateFiles(_lab.Context.Environment.StateDirectory, "*.jsonl", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_word_that_is_a_name_as_well_stays_readable()
    {
        new SecretStore(_lab.Context).Write(new KeptSecret { Name = "app", Current = new SecretMaterial("postgres"), Pending = new SecretMaterial("abc7") });
        Assert.Contains("postgres abc7", await SayAsync("postgres abc7"));
    }

    private static async Task<string> SayAsync(string text) => (await Assert.ThrowsAsync<OpsException>(() => ProgramRunner.RunAsync(
        new ProgramCall("sh", "-c", "printf '%s\n' \"$1\" >&2; exit 1", "sh", text), null, default))).Message;
}
