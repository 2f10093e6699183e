using System.Text;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Connections.Platforms.Kubernetes.Reading;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>Says why a pod does not come: how it is, what the cluster warned of last, and the last lines that it wrote.</summary>
internal sealed class PodExplanation(Kubectl kubectl,
    Func<ServiceInstance, LogRequest, Func<bool, ReadOnlyMemory<byte>, ValueTask>, CancellationToken, Task> log)
{
    private const int Lines = 8, Longest = 2000;

    /// <summary>In words that end with a full stop, or with the lines of the log.</summary>
    public async Task<string> OfAsync(ServiceInstance pod, CancellationToken cancellationToken)
    {
        string words = InstanceWords.Of(pod).TrimEnd('.') + ".";
        if (await WarningAsync(pod, cancellationToken).ConfigureAwait(false) is { } warned
            && !words.Contains(warned, StringComparison.Ordinal))
            words += $" The cluster says: {warned}.";
        return await LogAsync(pod, cancellationToken).ConfigureAwait(false) is { Length: > 0 } said ? $"{words} Its last lines:\n{said}"
            : words;
    }

    private async Task<string?> WarningAsync(ServiceInstance pod, CancellationToken cancellationToken)
    {
        // Who may not see events sees the rest.
        IReadOnlyList<JsonElement>? events = await kubectl.ListAsync("events",
            [$"--field-selector=involvedObject.name={pod.Id},type=Warning"], null,
            cancellationToken).ConfigureAwait(false);
        JsonElement last = (events ?? []).OrderByDescending(e => EventReader.Read(e).Happened.Time).FirstOrDefault();
        return last.ValueKind == JsonValueKind.Object
            ? InstanceWords.Short($"{last.Text("reason")}: {last.Text("message")?.Trim()}").TrimEnd('.') : null;
    }

    /// <summary>That its log cannot be read must not hide why it does not come.</summary>
    private async Task<string?> LogAsync(ServiceInstance pod, CancellationToken cancellationToken)
    {
        if (!pod.HasOutput() && pod.Restarts == 0) return null;
        var text = new MemoryStream();
        try
        {
            await log(pod, new LogRequest(Tail: Lines), (_, bytes) =>
            {
                text.Write(bytes.Span);
                return ValueTask.CompletedTask;
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e) { return $"(its log cannot be read: {e.Message})"; }
        string said = Encoding.UTF8.GetString(text.ToArray()).TrimEnd();
        return said.Length <= Longest ? said : said[^Longest..];
    }
}
