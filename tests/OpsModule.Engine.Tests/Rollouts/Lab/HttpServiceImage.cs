using System.Diagnostics;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>
/// Images with the HTTP service of the tests (http-service.c), made without a registry: a statically linked program, with busybox beside it
/// or without any shell. Needs a DockerFixture that runs.
/// </summary>
public static class HttpServiceImage
{
    /// <summary>The port that it listens on.</summary>
    public const int Port = 8080;

    private static readonly Lazy<string> Compiled = new(Compile);

    /// <summary>The program itself, for instances that are processes of this machine.</summary>
    public static string Program => Compiled.Value;

    /// <summary>Makes an image that answers as this version; its name comes back, for example <c>ops-test-http:2</c>.</summary>
    /// <param name="version">Its VERSION and tag.</param>
    /// <param name="variables">More switches, as <c>NAME=value</c>.</param>
    /// <param name="shell">False leaves the shell out.</param>
    /// <param name="foreign">True makes it for another architecture: it does not start here (exec format error).</param>
    /// <param name="health">True gives the image a health check of its own, each second.</param>
    public static async Task<string> MakeAsync(string version, IReadOnlyList<string>? variables = null, bool shell = true,
        bool foreign = false,
        bool health = true)
    {
        string image = "ops-test-http:" + version;
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["root/bin"]);
        Directory.CreateDirectory(folder["root/tmp"]);
        File.Copy(Program, folder["root/service"]);
        if (foreign) MakeForeign(folder["root/service"]);
        if (shell)
        {
            File.Copy("/bin/busybox", folder["root/bin/busybox"]);
            foreach (string applet in (string[])["sh", "cat", "ls", "sleep",
                "echo"]) File.CreateSymbolicLink(folder["root/bin/" + applet], "busybox");
        }
        await RunAsync("tar", "-cf", folder["image.tar"], "-C", folder["root"], ".");
        string[] changes = [$"ENV VERSION={version}", "ENV PATH=/bin", "EXPOSE 8080", "CMD [\"/service\"]",
            .. (variables ?? []).Select(v => "ENV " + v),
            .. health ? (string[])["HEALTHCHECK --interval=1s --timeout=2s --retries=2 CMD [\"/service\", \"probe\", \"/health\"]"] : []];
        await DockerFixture.DockerAsync(["import", .. foreign ? (string[])["--platform", "linux/arm64"] : [],
            .. changes.SelectMany(c => (string[])["--change", c]), folder["image.tar"], image]);
        return image;
    }

    private static string Compile()
    {
        string folder = Directory.CreateTempSubdirectory("ops-http-service-").FullName, program = Path.Combine(folder, "service");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => { try { Directory.Delete(folder, recursive: true); } catch (IOException) { } };
        RunAsync("cc", "-O2", "-static", "-pthread", "-o", program,
            Path.Combine(AppContext.BaseDirectory, "http-service.c")).GetAwaiter().GetResult();
        return program;
    }

    /// <summary>Says of the program that it is for ARM: the kernel looks there before it starts one.</summary>
    private static void MakeForeign(string program)
    {
        using FileStream file = File.OpenWrite(program);
        file.Position = 18;
        file.Write([0xB7, 0]);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardError = true };
        foreach (string argument in arguments) info.ArgumentList.Add(argument);
        using Process process = Process.Start(info)!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program}: {errors}");
    }
}
