using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>What containers have written, as a kubelet keeps it.</summary>
public sealed class KubeOutput
{
    private readonly ConcurrentDictionary<(string Pod, string Container), List<(DateTimeOffset Time, string Text)>> _lines = new();

    /// <summary>Under what the output of a container's run before this one is kept.</summary>
    public static string Before(string container) => container + " before";

    public void Write(string pod, string container, DateTimeOffset time, string text)
    {
        List<(DateTimeOffset, string)> lines = _lines.GetOrAdd((pod, container), _ => []);
        lock (lines) lines.Add((time, text));
    }

    public IReadOnlyList<(DateTimeOffset Time, string Text)> Read(string pod, string container)
    {
        if (!_lines.TryGetValue((pod, container), out List<(DateTimeOffset, string)>? lines)) return [];
        lock (lines) return [.. lines];
    }
}

/// <summary>The answers that go on: watches and logs.</summary>
internal static class KubeStreams
{
    public delegate Task Refuse(HttpListenerContext context, int code, string reason, string message);

    public static async Task WatchAsync(HttpListenerResponse response, ChannelReader<string> changes, CancellationToken ct)
    {
        response.ContentType = "application/json";
        response.SendChunked = true;
        await response.OutputStream.FlushAsync(ct);
        await foreach (string change in changes.ReadAllAsync(ct)) await WriteAsync(response, change, ct);
        response.Close();
    }

    public static async Task LogAsync(HttpListenerContext context, JsonObject pod, KubeOutput output, Func<bool> isGone, Refuse refuse, CancellationToken ct)
    {
        System.Collections.Specialized.NameValueCollection query = context.Request.QueryString;
        string name = (string)pod["metadata"]!["name"]!, container = query["container"] ?? (string)pod["spec"]!["containers"]![0]!["name"]!;
        JsonNode? status = Statuses(pod).FirstOrDefault(s => (string?)s!["name"] == container);
        if (status is null)
        {
            await refuse(context, 400, "BadRequest", $"container {container} is not valid for pod {name}");
            return;
        }
        if (status["state"]?["waiting"] is { } waiting && status["lastState"]?["terminated"] is null)
        {
            await refuse(context, 400, "BadRequest", $"container \"{container}\" in pod \"{name}\" is waiting to start: {waiting["reason"]}");
            return;
        }
        string kept = container;
        if (query["previous"] == "true")
        {
            if (status["lastState"]?["terminated"] is null)
            {
                await refuse(context, 400, "BadRequest", $"previous terminated container \"{container}\" in pod \"{name}\" not found");
                return;
            }
            // While a container waits for its next run, the last one is what both questions mean.
            if (status["state"]?["waiting"] is null) kept = KubeOutput.Before(container);
        }
        bool stamps = query["timestamps"] == "true", follow = query["follow"] == "true";
        // The API takes whole seconds, whatever is sent.
        DateTimeOffset since = query["sinceTime"] is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        context.Response.ContentType = "text/plain";
        context.Response.SendChunked = true;
        await context.Response.OutputStream.FlushAsync(ct);
        int from = query["tailLines"] is { } tail ? Math.Max(0, output.Read(name, kept).Count - int.Parse(tail, CultureInfo.InvariantCulture)) : 0;
        while (true)
        {
            // Looked at first, so that what was written before the end is read.
            bool over = !follow || isGone();
            IReadOnlyList<(DateTimeOffset Time, string Text)> lines = output.Read(name, kept);
            for (; from < lines.Count; from++)
                if (lines[from].Time >= since) await WriteAsync(context.Response, (stamps ? Stamp(lines[from].Time) + " " : "") + lines[from].Text + "\n", ct);
            if (over) break;
            await Task.Delay(20, ct);
        }
        context.Response.Close();
    }

    private static IEnumerable<JsonNode?> Statuses(JsonObject pod) =>
        (pod["status"]!["initContainerStatuses"]?.AsArray() ?? []).Concat(pod["status"]!["containerStatuses"]?.AsArray() ?? []);

    private static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    private static async Task WriteAsync(HttpListenerResponse response, string text, CancellationToken ct)
    {
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
        await response.OutputStream.FlushAsync(ct);
    }
}
