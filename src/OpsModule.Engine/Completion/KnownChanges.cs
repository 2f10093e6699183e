using System.Text;
using System.Text.Json;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Completion;

/// <summary>What the end of the journal tells: cmdlets, targets and restores, the newest first.</summary>
internal static class KnownChanges
{
    private const int Tail = 512 * 1024;

    /// <summary>The changes at the end of the journal, each once. Nothing is proven here: it is only offered.</summary>
    public static IReadOnlyList<(string Change, string Action, string Target, string Time)> Of(OpsEnvironment environment)
    {
        using JournalSnapshot snapshot = new JournalFile(environment.StateDirectory, TimeProvider.System).Snapshot();
        var found = new Dictionary<string, (string, string, string, string)>();
        long read = 0;
        foreach (PlacedLine line in snapshot.ReadBackwards())
        {
            if (Read(Encoding.UTF8.GetString(line.Bytes.Span)) is { } change) found.TryAdd(change.Change, change);
            read += line.Bytes.Length;
            if (read > Tail) break;
        }
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
        // A line may be torn.
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return null; }
    }
}
