using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Engine.Areas.Recovery.Replication;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// What is written as a comment on a staged or replaced schema or database, so that the server itself says what it is: no file is
/// needed to undo a restore, and nothing is left that nobody can explain.
/// </summary>
internal sealed record RestoreNote
{
    private const string Marker = "restore";
    private const int MaxDifferences = 200, MaxText = 500;

    public required string Id { get; init; }
    public required RestoreState State { get; init; }
    public required string Name { get; init; }

    /// <summary>The database that was restored, or whose schema was, by its name on the server: environments may call different ones the same.</summary>
    public required string Database { get; init; }

    public string? Tenant { get; init; }
    public required string Original { get; init; }
    public required string BackupId { get; init; }
    public required DateTimeOffset At { get; init; }
    public bool Complete { get; init; }
    public long Rows { get; init; }
    public long Bytes { get; init; }
    public int Tables { get; init; }

    /// <summary>Objects of the catalogue that were compared; null when the backup says nothing of them.</summary>
    public int? Objects { get; init; }

    /// <summary>What differed, as far as a comment should hold it.</summary>
    public IReadOnlyList<CatalogueDifference> Differences { get; init; } = [];

    /// <summary>Adds what a comparison found.</summary>
    public RestoreNote With(CatalogueVerdict verdict) => this with { Objects = verdict.Objects, Differences = [.. verdict.Differences.Take(MaxDifferences)] };

    /// <summary>What the server refused to make of it.</summary>
    public IReadOnlyList<NotRestoredObject> NotRestored { get; init; } = [];

    /// <summary>CHECK constraints that the restored rows do not fulfil, restored NOT VALID.</summary>
    public IReadOnlyList<string> NotValid { get; init; } = [];

    /// <summary>Subscriptions that filled the database until it was replaced; they are started when it is put back.</summary>
    public IReadOnlyList<string> Subscriptions { get; init; } = [];

    /// <summary>The comment that the object had by itself, to be put back with it.</summary>
    public string? Comment { get; init; }

    public string ToJson() => new JsonObject
    {
        ["ops"] = Marker,
        ["id"] = Id,
        ["state"] = State.ToString(),
        ["name"] = Name,
        ["database"] = Database,
        ["tenant"] = Tenant,
        ["original"] = Original,
        ["backup"] = BackupId,
        ["at"] = At.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        ["complete"] = Complete,
        ["rows"] = Rows,
        ["bytes"] = Bytes,
        ["tables"] = Tables,
        ["objects"] = Objects,
        ["differences"] = Differences.Count == 0 ? null : new JsonArray([.. Differences.Select(d =>
            (JsonNode)new JsonArray(d.Kind, d.Schema, d.Object, d.Property, Cut(d.Was), Cut(d.Is), d.IsGrave))]),
        ["notRestored"] = NotRestored.Count == 0 ? null : new JsonArray([.. NotRestored.Select(o => new JsonArray(o.Kind, o.Name, o.Message))]),
        ["notValid"] = List(NotValid),
        ["subscriptions"] = List(Subscriptions),
        ["comment"] = Comment,
    }.ToJsonString();

    /// <summary>Reads a comment; null when it is not one of ours.</summary>
    public static RestoreNote? Parse(string? comment)
    {
        if (comment is null || !comment.StartsWith('{')) return null;
        try
        {
            if (JsonNode.Parse(comment) is not JsonObject note || (string?)note["ops"] != Marker) return null;
            return new RestoreNote
            {
                Id = (string)note["id"]!,
                State = Enum.Parse<RestoreState>((string)note["state"]!),
                Name = (string)note["name"]!,
                Database = (string?)note["database"] ?? "",
                Tenant = (string?)note["tenant"],
                Original = (string)note["original"]!,
                BackupId = (string?)note["backup"] ?? "",
                At = DateTimeOffset.Parse((string)note["at"]!, CultureInfo.InvariantCulture),
                Complete = (bool?)note["complete"] ?? false,
                Rows = (long?)note["rows"] ?? 0,
                Bytes = (long?)note["bytes"] ?? 0,
                Tables = (int?)note["tables"] ?? 0,
                Objects = (int?)note["objects"],
                Differences = [.. (note["differences"] as JsonArray ?? []).Select(d =>
                    new CatalogueDifference((string)d![0]!, (string)d[1]!, (string)d[2]!, (string)d[3]!, (string?)d[4], (string?)d[5], (bool)d[6]!))],
                NotRestored = [.. (note["notRestored"] as JsonArray ?? []).Select(o => new NotRestoredObject((string)o![0]!, (string)o[1]!, (string)o[2]!))],
                NotValid = Names(note["notValid"]),
                Subscriptions = Names(note["subscriptions"]),
                Comment = (string?)note["comment"],
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static string? Cut(string? text) => text is { Length: > MaxText } ? text[..MaxText] + "…" : text;

    private static JsonArray? List(IReadOnlyList<string> names) => names.Count == 0 ? null : [.. names.Select(n => (JsonNode)n)];

    private static string[] Names(JsonNode? list) => list is JsonArray names ? [.. names.Select(n => (string)n!)] : [];
}
