using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;

namespace OpsModule.Engine.Tests.Services;

/// <summary>What Linux counts of the machine.</summary>
public sealed class HostFiguresTests
{
    private const string Memory = "MemTotal:       1000 kB\nMemFree:   100 kB\nMemAvailable:    400 kB\n";
    private const string Network = "Inter-|   Receive\n face |bytes\n    lo: 9 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0\n  eth0:100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0\n";
    private const string Disks = "   8 0 sda 1 0 10 0 1 0 20 0 0 0 0\n   8 1 sda1 1 0 10 0 1 0 20 0 0 0 0\n   7 0 loop0 1 0 10 0 1 0 20 0 0 0 0\n";

    [Fact]
    public void Whole_disks_cards_and_available_memory_count_once()
    {
        HostFigures before = Parse("cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 1\n"), after = Parse("cpu  150 0 150 900 0 0 0 0 50 0\ncpu0 1\n");
        InstanceUsage usage = after.Since(before);
        Assert.Equal(50.0 * Environment.ProcessorCount, usage.CpuPercent, 6);
        Assert.Equal((600 * 1024L, 1000 * 1024L), (usage.MemoryBytes, usage.MemoryLimitBytes!.Value));
        Assert.Equal((100L, 200L), (usage.NetworkReceivedBytes!.Value, usage.NetworkSentBytes!.Value));
        Assert.Equal((10 * 512L, 20 * 512L), (usage.BlockReadBytes!.Value, usage.BlockWrittenBytes!.Value));
        Assert.Equal(321, usage.Processes);
        Assert.Equal(0, before.Since(before).CpuPercent);
    }

    [Fact]
    public void This_machine_can_be_read() => Assert.InRange(HostFigures.Read().MemoryUsed, 1, long.MaxValue);

    private static HostFigures Parse(string stat) => HostFigures.Parse(stat, Memory, Network, Disks, "0.1 0.2 0.3 2/321 999\n", new HashSet<string> { "sda", "loop0" });
}
