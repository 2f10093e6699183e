using System.Text;
using System.Text.Json;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Completion;

/// <summary>What the end of the journal tells: cmdlets, targets and restores, the newest first.</summary>
internal static class KnownChanges
{
    private const int Tail = 512 * 1024;

    /// <summary>The changes at the end of the journal, each once. Nothing is proven here: it is only offered.</summary>
    public static IReadOnlyList<(string Change, string Action, string Target, string Time)> Of(OpsEnvironment environment)
    {
        string path = Path.Combine(environment.StateDirectory, "journal.jsonl");
        if (!File.Exists(path)) return [];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = Math.Max(0, file.Length - Tail);
        byte[] bytes = new byte[Math.Min(Tail, file.Length)];
        int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var found = new Dictionary<string, (string, string, string, string)>();
        foreach (string line in Enumerable.Reverse(Encoding.UTF8.GetString(bytes, 0, count).Split('\n', StringSplitOptions.RemoveEmptyEntries)))
            if (Read(line) is { } change) found.TryAdd(change.Change, change);
        return [.. found.Values];
    }

    private static (string Change, string Action, string Target, string Time)? Read(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            string Text(string name) => document.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
            return Text("change") is { Length: > 0 } change ? (change, Text("action"), Text("target"), Text("time")) : null;
        }
        // The first line is cut off, as a rule.
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return null; }
    }
}
