using System.Globalization;
using System.Text;

namespace OpsModule.Foundations.Machine;

/// <summary>Time that the processors spent, in the kernel's ticks.</summary>
/// <param name="All">All of it.</param>
/// <param name="Busy">What was not idle.</param>
public readonly record struct CpuTimes(double All, double Busy);

/// <summary>A file system that is mounted.</summary>
/// <param name="Device">What it is of: a device, a server's export.</param>
/// <param name="Folder">Where it is mounted.</param>
/// <param name="Type">Its type, for example <c>ext4</c>.</param>
public sealed record Mount(string Device, string Folder, string Type);

/// <summary>Reads the files in which Linux tells how it is.</summary>
public static class ProcFiles
{
    /// <summary>File systems that hold data on a disk or a server, though no device stands before them.</summary>
    private static readonly string[] Deviceless = ["nfs", "nfs4", "cifs", "smb3", "zfs", "btrfs", "ceph", "fuse.glusterfs", "9p"];

    /// <summary>One folder for each file system that can fill up, the root first, then as they were mounted.</summary>
    public static IReadOnlyList<string> Mounts(string text) => [.. MountTable(text).Select(m => m.Folder)];

    /// <summary>Each file system that can fill up with one of its folders, the root first, then as they were mounted.</summary>
    public static IReadOnlyList<Mount> MountTable(string text)
    {
        var mounts = new Dictionary<string, Mount>(StringComparer.Ordinal);
        foreach (string[] fields in text.Split('\n').Select(l => l.Split(' ')).Where(f => f.Length >= 4))
        {
            var mount = new Mount(Unescape(fields[0]), Unescape(fields[1]), fields[2]);
            bool counts = mount.Folder == "/" || (!fields[3].Split(',').Contains("ro") && (mount.Device.StartsWith("/dev/", StringComparison.Ordinal) || Deviceless.Contains(mount.Type)));
            if (!counts) continue;
            // Bind mounts show the same file system again; its shortest name is the one people know.
            if (!mounts.TryGetValue(mount.Device, out Mount? known) || mount.Folder.Length < known.Folder.Length) mounts[mount.Device] = mount;
        }
        return [.. mounts.Values.DistinctBy(m => m.Folder).OrderBy(m => m.Folder.Length > 1)];
    }

    /// <summary>All memory and what is available, in bytes.</summary>
    public static (long All, long Available) Memory(string text)
    {
        return (Value("MemTotal:"), Value("MemAvailable:"));

        long Value(string name) => text.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) is { } line
            ? long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024 : 0;
    }

    /// <summary>The processors' time, from the first line of <c>/proc/stat</c>. Guests are counted in user time already.</summary>
    public static CpuTimes Cpu(string text)
    {
        double[] ticks = [.. text[..text.IndexOf('\n')].Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
        double all = ticks.Sum();
        return new CpuTimes(all, all - ticks[3] - ticks[4]);
    }

    /// <summary>The second of the load averages.</summary>
    public static double LoadOfFiveMinutes(string text) => double.Parse(text.Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>The numbers of all processes.</summary>
    public static IEnumerable<int> ProcessIds() => Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0).Where(id => id > 0);

    /// <summary>When the machine started.</summary>
    public static DateTimeOffset? BootTime() => File.ReadLines("/proc/stat").FirstOrDefault(l => l.StartsWith("btime ", StringComparison.Ordinal)) is { } line
        ? DateTimeOffset.FromUnixTimeSeconds(long.Parse(line.AsSpan(6), CultureInfo.InvariantCulture)) : null;

    /// <summary>Bytes that a process had read from and written to disks; null where this user may not know.</summary>
    public static (long? Read, long? Written) Io(int id)
    {
        try
        {
            Dictionary<string, string> lines = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/io")).Select(l => l.Split(": ")).ToDictionary(l => l[0], l => l[1]);
            return (long.Parse(lines["read_bytes"], CultureInfo.InvariantCulture), long.Parse(lines["write_bytes"], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return (null, null); }
    }

    /// <summary>A blank in a folder's name is written as <c>\040</c>.</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\')) return text;
        var plain = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && text.AsSpan(i + 1, 3).ContainsAnyExceptInRange('0', '7') is false)
            {
                plain.Append((char)Convert.ToInt32(text.Substring(i + 1, 3), 8));
                i += 3;
            }
            else plain.Append(text[i]);
        }
        return plain.ToString();
    }
}
