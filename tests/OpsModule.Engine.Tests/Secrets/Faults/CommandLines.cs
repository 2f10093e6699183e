using System.Collections.Concurrent;
using System.Text;

namespace OpsModule.Engine.Tests.Secrets.Faults;

/// <summary>What stands in the arguments of all processes of the machine, looked at over and over as long as it lives.</summary>
internal sealed class CommandLines : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, bool> _seen = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _looking;
    private int _looks;

    public CommandLines() => _looking = Task.Factory.StartNew(Look, TaskCreationOptions.LongRunning);

    /// <summary>All that was seen.</summary>
    public string Text => string.Join('\n', _seen.Keys);

    /// <summary>How often all were looked at.</summary>
    public int Looks => Volatile.Read(ref _looks);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        _stop.Dispose();
    }

    private void Look()
    {
        while (!_stop.IsCancellationRequested)
        {
            foreach (string process in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
            {
                try { _seen[Encoding.UTF8.GetString(File.ReadAllBytes(process + "/cmdline")).Replace('\0', ' ')] = true; }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* it has ended */ }
            }
            Interlocked.Increment(ref _looks);
            Thread.Sleep(1);
        }
    }
}
