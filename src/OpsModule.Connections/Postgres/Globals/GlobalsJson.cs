using System.Text.Json.Serialization;

namespace OpsModule.Connections.Postgres.Globals;

/// <summary>Generated serialisation of the lines of globals.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GlobalsHead))]
[JsonSerializable(typeof(ClusterRole))]
[JsonSerializable(typeof(RoleMembership))]
[JsonSerializable(typeof(RoleSetting))]
[JsonSerializable(typeof(ClusterTablespace))]
internal sealed partial class GlobalsJson : JsonSerializerContext;
