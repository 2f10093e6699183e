using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Programs in containers of a real Docker engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerProgramTests
{
    [Fact]
    public async Task A_program_runs_with_input_user_folder_and_variables_and_its_exit_code_is_told()
    {
        using var lab = new ServiceLab();
        ServiceInstance box = (await lab.RunAndFindAsync("box", DockerFixture.Stay)).Instances[0];
        Assert.Equal((0, "in\n", "err\n"), await lab.ExecAsync(box, "cat; echo err >&2", input: "in\n"));
        (int code, string output, string _) = await lab.ExecAsync(box, "id -un; busybox pwd; echo $GIVEN; exit 9", request: r => r with { User = "postgres", WorkingDirectory = "/tmp", Variables = ["GIVEN=yes"] });
        Assert.Equal((9, "postgres\n/tmp\nyes\n"), (code, output));

        // More than any buffer holds, both ways, to a program that answers as it reads.
        string much = string.Concat(Enumerable.Range(0, 400_000).Select(i => i + "\n"));
        Assert.Equal((0, much, ""), await lab.ExecAsync(box, "cat", input: much));
        // And to one that reads nothing of it.
        Assert.Equal((4, "", ""), await lab.ExecAsync(box, "exit 4", input: much));
    }

    [Fact]
    public async Task A_program_takes_as_much_input_as_there_is_and_can_be_left()
    {
        using var lab = new ServiceLab();
        ServiceInstance box = (await lab.RunAndFindAsync("box", DockerFixture.Stay)).Instances[0];
        Assert.Equal((7, $"{32 << 20}\n", ""), await lab.ExecAsync(box, "busybox wc -c; exit 7", request: r => r with { Input = new MemoryStream(new byte[32 << 20]) }));
        Assert.Equal((0, "0\n", ""), await lab.ExecAsync(box, "busybox wc -c", input: ""));

        using var stop = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        Task endless = lab.Platform.ExecuteAsync(box, new ExecuteRequest(["sh", "-c", "echo begun; sleep 1000"], Input: new EndlessStream()), (_, _) => { begun.TrySetResult(); return ValueTask.CompletedTask; }, stop.Token);
        await begun.Task;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_program_that_is_not_there_cannot_start_or_has_no_running_container_is_an_error()
    {
        using var lab = new ServiceLab();
        ServiceInstance box = (await lab.RunAndFindAsync("box", DockerFixture.Stay)).Instances[0];
        OpsException missing = await Assert.ThrowsAsync<OpsException>(() => Run(["no-such-program", "-x"]));
        Assert.Equal("ProgramMissing", missing.ErrorId);
        Assert.Contains("no-such-program", missing.Message);
        Assert.Equal("ProgramRefused", (await Assert.ThrowsAsync<OpsException>(() => Run(["/etc/passwd"]))).ErrorId);
        // A program that says the same thing itself is a program that ran.
        Assert.Equal((0, "OCI runtime exec failed\n", ""), await lab.ExecAsync(box, "echo OCI runtime exec failed"));

        await DockerFixture.DockerAsync("kill", box.Id);
        Assert.Equal("ContainerBusy", (await Assert.ThrowsAsync<OpsException>(() => Run(["ls"]))).ErrorId);

        Task<int> Run(string[] command) => lab.Platform.ExecuteAsync(box, new ExecuteRequest(command), (_, _) => ValueTask.CompletedTask, default);
    }

    /// <summary>An input that has begun and goes on.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
