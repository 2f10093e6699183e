using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>An image with this machine's nginx and busybox, put together from the installed files. Needs a DockerFixture that
/// runs.</summary>
public static class NginxImage
{
    public const string Name = "ops-test-nginx:latest";

    public static async Task<string> MakeAsync()
    {
        using var folder = new TempFolder();
        string script = folder.Write("build.sh", $$"""
            set -e
            mkdir -p {{folder["root"]}} && cd {{folder["root"]}}
            mkdir -p bin etc tmp var/lib/nginx var/log/nginx
            cp /bin/busybox bin/ && for a in sh ls cat tee mv rm sync sleep; do ln -s busybox bin/$a; done
            cp /usr/sbin/nginx bin/
            ldd /usr/sbin/nginx | grep -oE '/[^ ]+\.so[^ ]*' | while read -r l; do mkdir -p .$(dirname $l); cp -L $l .$l; done
            printf 'root:x:0:0::/:/bin/sh\n' > etc/passwd; printf 'root:x:0:\n' > etc/group
            tar -cf {{folder["image.tar"]}} .
            """);
        await ProgramRunner.RunAsync(new ProgramCall("sh", script), null, default);
        await DockerFixture.DockerAsync("import", "--change", "ENV PATH=/bin", folder["image.tar"], Name);
        return Name;
    }
}
