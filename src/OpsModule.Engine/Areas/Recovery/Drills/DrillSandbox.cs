using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// What the server of a drill may reach. A backup brings code along that runs when it is restored: index expressions, checks, views. So the
/// server gets none of our variables, no network, no process but its own, and a file system that holds the installed programs and its own
/// folder only; where the system lets us (Linux, as root or with user namespaces). What could not be kept from it is said.
/// </summary>
internal sealed class DrillSandbox
{
    // Without an error it ends in the program it is given, in place of itself. Values come as arguments and are never read as code.
    private const string Script = """
        set -e
        work=$1 root=$2 uid=$3 gid=$4 install=$5 kind=$6; shift 6
        mount -t tmpfs -o mode=0755 ops-drill "$root"
        cd "$root"
        mkdir dev etc old proc usr w; mkdir -m 1777 tmp dev/shm
        for d in bin sbin lib lib32 lib64 libx32; do
          if [ -L "/$d" ]; then ln -s "$(readlink "/$d")" "$d"; elif [ -d "/$d" ]; then mkdir "$d"; mount --rbind "/$d" "$d"; fi
        done
        mount --rbind /usr usr
        for d in /etc/alternatives /var/cache/postgresql; do
          if [ -d "$d" ]; then mkdir -p ".$d"; mount --rbind "$d" ".$d"; fi
        done
        if [ -n "$install" ]; then mkdir -p ".$install"; mount --rbind "$install" ".$install"; fi
        if [ -f /etc/ld.so.cache ]; then cp /etc/ld.so.cache etc/; fi
        echo "ops-drill:x:$uid:$gid::/w:/bin/false" > etc/passwd
        for n in null zero random urandom; do : > "dev/$n"; mount --bind "/dev/$n" "dev/$n"; done
        mount -t proc proc proc
        mount --bind "$work" w
        pivot_root . old
        cd /
        umount -l /old
        while read -r _ m _; do
          case $m in / | /w | /proc | /proc/* | /dev/*) ;; *) mount -o remount,bind,ro "$(printf %b "$m")" ;; esac
        done < /proc/self/mounts
        if [ "$kind" = root ]; then
          exec setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all --pdeathsig=KILL "$@"
        fi
        exec unshare --user --map-user="$uid" --map-group="$gid" setpriv --no-new-privs --pdeathsig=KILL "$@"
        """;

    private static readonly string[] Apart = ["--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child"];

    private readonly DrillFolder _folder;
    private readonly string _install;

    private DrillSandbox(DrillFolder folder, string bin)
    {
        _folder = folder;
        string install = Path.GetDirectoryName(bin) ?? "/";
        _install = install.StartsWith("/usr/", StringComparison.Ordinal) || install.Length < 2 ? "" : install;
    }

    /// <summary>Why there is no sandbox, in words; null when there is one.</summary>
    public string? Fault { get; private set; }

    /// <summary>The folder as the server sees it.</summary>
    public string Home => Fault is null ? "/w" : _folder.Work;

    /// <summary>What the server runs as, for the result.</summary>
    public string Description =>
        (_folder.Account is { } account ? $"{account.Name} (uid {account.Uid})" : $"{Environment.UserName} (uid {FileFacts.Self}), who runs the command")
        + (Fault is null ? ", in a sandbox without network, variables and files of this machine" : ", without a sandbox");

    /// <summary>Tries whether the system lets us make one.</summary>
    public static async Task<DrillSandbox> PrepareAsync(DrillFolder folder, string bin, CancellationToken ct)
    {
        var sandbox = new DrillSandbox(folder, bin);
        try { await ProgramRunner.RunAsync(sandbox.Call("/bin/true"), null, ct).ConfigureAwait(false); }
        catch (OpsException e) { sandbox.Fault = e.Message.TrimEnd('.').Replace('\n', ' '); }
        return sandbox;
    }

    /// <summary>One that is none, for a folder outside of it.</summary>
    public static DrillSandbox None(DrillFolder folder, string bin, string fault) => new(folder, bin) { Fault = fault };

    /// <summary>A call of a program with what it may reach.</summary>
    public ProgramCall Call(string program, params string[] arguments)
    {
        program = ProgramFinder.Find(program);
        ProgramCall call = Fault is null ? Inside(program, arguments) : Outside(program, arguments);
        return call with { StartsEmpty = true, WorkingDirectory = "/" };
    }

    private ProgramCall Inside(string program, string[] arguments)
    {
        bool root = FileFacts.IsRoot;
        string uid = (_folder.Account?.Uid ?? FileFacts.Self).ToString(), gid = (_folder.Account?.Gid ?? FileFacts.SelfGroup).ToString();
        string[] how = root ? Apart : ["--user", "--map-root-user", .. Apart];
        return new ProgramCall("unshare", [.. how, "sh", "-c", Script, "ops-drill", _folder.Work, _folder.Mount, uid, gid, _install, root ? "root" : "user", program, .. arguments]);
    }

    private ProgramCall Outside(string program, string[] arguments) => _folder.Account is { } account
        ? new ProgramCall("setpriv", ["--reuid=" + account.Uid, "--regid=" + account.Gid, "--clear-groups", "--no-new-privs", program, .. arguments])
        : new ProgramCall(program, arguments);
}
