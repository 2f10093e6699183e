using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace OpsModule.Engine.Changes.Plans;

/// <summary>The hash of a plan: over what will be done and what must hold, and over nothing that is only shown.</summary>
public static class PlanHash
{
    /// <summary>SHA-256 over the canonical JSON (RFC 8785), in lower-case hexadecimal.</summary>
    public static string Of(ChangePlan plan) => Convert.ToHexString(SHA256.HashData(CanonicalJson.Write(Essence(plan)))).ToLowerInvariant();

    private static JsonObject Essence(ChangePlan plan) => new()
    {
        ["environment"] = plan.Environment,
        ["kind"] = plan.Kind,
        ["action"] = plan.Action,
        ["undoable"] = plan.Undo is not null,
        ["format"] = plan.Format,
        ["target"] = plan.Target,
        ["arguments"] = new JsonObject(plan.Arguments.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value))),
        ["identities"] = new JsonArray([.. plan.Identities.Select(i => (JsonNode)new JsonArray(i.Name, i.Value))]),
        ["irreversible"] = plan.Irreversible,
        ["parts"] = new JsonArray([.. plan.Parts.Select(p => (JsonNode)Essence(p))]),
    };
}
