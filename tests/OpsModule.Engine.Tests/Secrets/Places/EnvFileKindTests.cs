using OpsModule.Engine.Areas.Secrets.EnvFiles;
using OpsModule.Engine.Areas.Secrets.EnvFiles.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>A key of an env file is set as a change: planned, made, taken back; the value lies nowhere in the clear.</summary>
public sealed class EnvFileKindTests : IDisposable
{
    private const string Before = "# c\r\nPW='old-value' # why\r\n", Next = "next 5ecret";

    private readonly PlaceLab _lab = new();

    public EnvFileKindTests() => _lab.Write("api.env", Before);

    public void Dispose() => _lab.Dispose();

    private async Task<ChangeResult> SetAsync(string value)
    {
        var planner = new EnvFilePlanner(_lab.Context);
        ChangePlan plan = (await planner.PlanAsync(_lab["api.env"], "PW", value, default))!;
        planner.Keep(plan, value);
        return (await new ChangeRunner(_lab.Context).RunAsync(plan, default))!;
    }

    [Fact]
    public async Task A_value_is_set_and_taken_back_and_stands_nowhere_in_the_clear()
    {
        ChangeResult made = await SetAsync(Next);
        EnvFileValue value = Assert.IsType<EnvFileValue>(made.Value);
        Assert.Equal(("PW", "Replaced", 2), (value.Key, value.Written, value.Line));
        Assert.Null(value.Value);
        Assert.Equal(Before.Replace("old-value", Next), _lab.Read("api.env"));
        foreach (string file in Directory.GetFiles(_lab[".ops"], "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(Next, File.ReadAllText(file));
            Assert.DoesNotContain("old-value", File.ReadAllText(file));
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.GroupRead));
        }
        Assert.Null(await new EnvFilePlanner(_lab.Context).PlanAsync(_lab["api.env"], "PW", Next, default));

        await new ChangeRunner(_lab.Context).UndoAsync(_lab.Context.Journal.Find(made.Change!)!, default);
        Assert.Equal(Before, _lab.Read("api.env"));
        Assert.Empty(Directory.GetFiles(_lab[".ops/secrets/envfiles"]));
    }

    [Fact]
    public async Task What_has_drifted_or_was_changed_since_is_left_alone()
    {
        var planner = new EnvFilePlanner(_lab.Context);
        ChangePlan plan = (await planner.PlanAsync(_lab["api.env"], "PW", Next, default))!;
        planner.Keep(plan, Next);
        _lab.Write("api.env", Before + "B=1\r\n");
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_lab.Context).RunAsync(plan, default))).ErrorId);
        Assert.Equal(Before + "B=1\r\n", _lab.Read("api.env"));

        ChangeResult first = await SetAsync(Next), second = await SetAsync("third value");
        var runner = new ChangeRunner(_lab.Context);
        Assert.Equal("EnvFileKeptGone", (await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(_lab.Context.Journal.Find(first.Change!)!, default))).ErrorId);
        _lab.Write("api.env", _lab.Read("api.env") + "C=1\r\n");
        Assert.Equal("EnvFileDiffers", (await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(_lab.Context.Journal.Find(second.Change!)!, default))).ErrorId);
        Assert.EndsWith("C=1\r\n", _lab.Read("api.env"));
    }

    [Fact]
    public async Task What_others_wrote_after_a_kill_is_left_alone()
    {
        await using var lab = new EnvFileLab();
        await lab.PrepareAsync();
        File.WriteAllBytes(Path.Combine(lab.Folder, "plan.json"), PlanFile.Write(await lab.PlanAsync()));
        Assert.Equal(137, await Probe.RunPlanAsync("file-replaced", lab.Folder));
        string file = Path.Combine(lab.Folder, "api.env"), made = File.ReadAllText(file);
        File.AppendAllText(file, "C=3\r\n");
        JournalEntry killed = lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!;
        var runner = new ChangeRunner(lab.Context);

        Assert.Equal("EnvFileDiffers", (await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(killed, default))).ErrorId);

        Assert.Equal(made + "C=3\r\n", File.ReadAllText(file));
        File.WriteAllText(file, made);
        await runner.UndoAsync(lab.Context.Journal.Find(killed.Id)!, default);
        Assert.Contains("PW='old-value-1'", File.ReadAllText(file));
    }

    [Fact]
    public async Task Where_the_file_was_written_and_the_journal_was_not_all_is_kept_that_brings_it_back()
    {
        var planner = new EnvFilePlanner(_lab.Context);
        ChangePlan plan = (await planner.PlanAsync(_lab["api.env"], "PW", Next, default))!;
        planner.Keep(plan, Next);
        OpsContext full = _lab.Context with
        {
            Journal = new StepJournal(_lab.Context.Journal, "file-replaced", () =>
                throw new OpsException("JournalNotWritten", OpsErrorCategory.ResourceUnavailable, "The disk is full.", "Make room.")),
        };
        Assert.Equal("JournalNotWritten", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(full).RunAsync(plan, default))).ErrorId);
        Assert.Contains(Next, _lab.Read("api.env"));

        JournalEntry open = _lab.Context.Journal.Find(Assert.Single(_lab.Context.Journal.FindUnfinished()).Id)!;
        await new ChangeRunner(_lab.Context).UndoAsync(open, default);

        Assert.Equal(Before, _lab.Read("api.env"));
        Assert.Empty(Directory.GetFiles(_lab[".ops/secrets/envfiles"]));
    }

    [Fact]
    public async Task Without_a_Compose_only_what_all_read_alike_is_written()
    {
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => SetAsync("a\\\\b$c"));
        Assert.Equal("SecretValueNotCarried", refused.ErrorId);
        Assert.Equal(Before, _lab.Read("api.env"));
    }

    [Fact]
    public void Keys_are_read_with_fingerprints_and_sealed_values()
    {
        _lab.Write("api.env", "A=same-value\nB='same-value'\nEMPTY\nA=same-value2\n");
        var errors = new List<OpsException>();
        IReadOnlyList<EnvFileValue> read = new EnvFileReader(_lab.Context).Read(_lab["api.env"], ["[AB]", "b"], errors.Add);
        Assert.Equal(["B:2", "A:4"], read.Select(v => $"{v.Key}:{v.Line}"));
        Assert.NotEqual(read[0].Fingerprint, read[1].Fingerprint);
        Assert.DoesNotContain("same-value", read[0].Fingerprint);
        Assert.Equal("same-value", EnvFileReader.Reveal(read[0]));
        Assert.Contains("has no key b; it has B", Assert.Single(errors).Message);
        Assert.Null(new EnvFileReader(null).Read(_lab["api.env"], [], errors.Add)[0].Fingerprint);
    }
}
