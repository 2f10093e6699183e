using System.Text;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>What a program has written, up to a limit.</summary>
internal sealed class ProgramWords
{
    private const int MostBytes = 64 * 1024 * 1024;

    private readonly MemoryStream _output = new(), _errors = new();

    public string Output => Encoding.UTF8.GetString(_output.GetBuffer(), 0, (int)_output.Length);

    public string Errors => Encoding.UTF8.GetString(_errors.GetBuffer(), 0, (int)_errors.Length).Trim();

    public ValueTask Take(bool error, ReadOnlyMemory<byte> bytes)
    {
        MemoryStream to = error ? _errors : _output;
        if (to.Length + bytes.Length > MostBytes) throw ProxyErrors.ProxyRefused.Make("A program of the proxy wrote more than 64 MiB.",
            "Is its log larger than that? Measure over a shorter time.", null);
        to.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }
}
