using System.Reflection;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Reports;

namespace OpsModule.Engine.Records;

/// <summary>
/// Makes records anew from what is left of them in a job's or another session's output, in CLIXML, CSV and JSON, and in a selection, so that
/// they are judged, told and measured as live ones are. What cannot be judged any more is not made, so that it is never taken for well.
/// </summary>
public static class RecordReader
{
    /// <summary>What jobs and remoting add to each object.</summary>
    private static readonly HashSet<string> Added = new(["PSComputerName", "RunspaceId", "PSShowComputerName", "PSSourceJobInstanceId"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The record that these are the properties of; null when they are of none, or what it is judged by was not kept.</summary>
    /// <param name="properties">Their values; a part with properties of its own is such a table, too.</param>
    /// <param name="typeNames">The names of the object's types, where they say something.</param>
    public static RecordRead? Read(IReadOnlyDictionary<string, object?> properties, IEnumerable<string> typeNames) =>
        (RecordKinds.Find(typeNames) ?? Guess(properties)) is { } type && type != typeof(OpsEnvironment) ? Build(properties, type) : null;

    /// <summary>A part of a record.</summary>
    internal static object? Inner(object value, Type type) => value switch
    {
        IReadOnlyDictionary<string, object?> properties when type.Namespace?.StartsWith("OpsModule.", StringComparison.Ordinal) is true && type.IsClass => Part(properties, type),
        _ => type.IsInstanceOfType(value) ? value : null,
    };

    /// <summary>A part that judges nothing by itself is whole or none: what its owner reads in it must be there.</summary>
    private static object? Part(IReadOnlyDictionary<string, object?> properties, Type type) =>
        Build(properties, type) is { } read && (RecordKinds.All.ContainsKey(type) || read.Lacking.Count == 0) ? read.Record : null;

    /// <summary>JSON and CSV name no type. A record is known by its properties when most of them are there, and no other kind has as many of them.</summary>
    private static Type? Guess(IReadOnlyDictionary<string, object?> properties)
    {
        int given = properties.Keys.Count(k => !Added.Contains(k));
        (Type Type, double Share)[] like = [.. RecordKinds.All.Keys.Select(t => (t, Share(t))).Where(t => t.Item2 >= 0.5).OrderByDescending(t => t.Item2).Take(2)];
        if (like.Length == 0) return IsHealth(properties) ? typeof(HealthResult) : null;
        return like.Length == 2 && like[0].Share == like[1].Share ? null : like[0].Type;

        double Share(Type type)
        {
            HashSet<string> names = RecordShape.Of(type).Names;
            int shared = properties.Keys.Count(names.Contains);
            return shared < 3 || shared * 2 < given ? 0 : (double)shared / names.Count;
        }
    }

    /// <summary>A selection of these three is what people make of health; nothing else has them.</summary>
    private static bool IsHealth(IReadOnlyDictionary<string, object?> properties) => properties.Count <= 12 && RecordKinds.NeedsOf(typeof(HealthResult)).All(properties.ContainsKey);

    private static RecordRead? Build(IReadOnlyDictionary<string, object?> properties, Type type)
    {
        RecordShape shape = RecordShape.Of(type);
        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        var lacking = new List<string>();
        foreach ((PropertyInfo property, bool mayBeNull) in shape.Set)
        {
            if (properties.TryGetValue(property.Name, out object? value) && RecordValue.TryRead(value, property.PropertyType, mayBeNull, out object? read)) values[property.Name] = read;
            else lacking.Add(property.Name);
        }
        FillIn(properties, type, values);
        string[] needs = RecordKinds.NeedsOf(type);
        if (needs.Length == 0 ? lacking.Any(l => shape.Required.Contains(l)) : !needs.All(n => n.Split('|').Any(name => IsKept(name)))) return null;
        object record = Make(shape, values);
        return KeepComputed(record, properties, shape, needs, values) ? new RecordRead(record, lacking) : null;

        bool IsKept(string name) => values.ContainsKey(name)
            || (shape.Computed.FirstOrDefault(c => c.Property.Name == name).Property is { } computed && properties.TryGetValue(name, out object? value) && RecordValue.TryRead(value, computed.PropertyType, false, out _));
    }

    private static object Make(RecordShape shape, Dictionary<string, object?> values)
    {
        ParameterInfo[] parameters = shape.Constructor.GetParameters();
        object record = shape.Constructor.Invoke([.. parameters.Select(p => values.TryGetValue(p.Name!, out object? value) ? value : Nothing(p.ParameterType, p.Name!))]);
        foreach ((PropertyInfo property, bool mayBeNull) in shape.Set)
        {
            if (parameters.Any(p => p.Name == property.Name)) continue;
            if (values.TryGetValue(property.Name, out object? value)) property.SetValue(record, value);
            else if (!mayBeNull && property.GetValue(record) is null && Nothing(property.PropertyType, property.Name) is { } nothing) property.SetValue(record, nothing);
        }
        return record;
    }

    /// <summary>A text or a list that was not kept is empty; of an environment that was not kept the caller's is meant.</summary>
    private static object? Nothing(Type type, string name)
    {
        if (type == typeof(string)) return name == "Environment" ? null : "";
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)) return Array.CreateInstance(type.GetGenericArguments()[0], 0);
        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }

    /// <summary>What followed from parts that were not kept, such as the state of a service from its instances, is taken as it was then.</summary>
    private static bool KeepComputed(object record, IReadOnlyDictionary<string, object?> properties, RecordShape shape, string[] needs, Dictionary<string, object?> values)
    {
        foreach ((PropertyInfo property, PropertyInfo? kept) in shape.Computed)
        {
            if (!properties.TryGetValue(property.Name, out object? value) || !RecordValue.TryRead(value, property.PropertyType, true, out object? read) || Equals(read, property.GetValue(record))) continue;
            if (kept is not null) kept.SetValue(record, read);
            else if (needs.Any(n => n.Split('|').Contains(property.Name))) return false;
        }
        return true;
    }

    /// <summary>What text or the rest of the record still tells of a part that was not kept.</summary>
    private static void FillIn(IReadOnlyDictionary<string, object?> properties, Type type, Dictionary<string, object?> values)
    {
        if ((type == typeof(BackupTestResult) || type == typeof(DrillResult)) && values.GetValueOrDefault("Backup") is null
            && properties.TryGetValue("Backup", out object? backup) && backup is string id && BackupQuery.IsId(id))
            values["Backup"] = new BackupRecord { Id = id, Environment = Text("Environment")!, Name = Text("Database") ?? "", Key = "", Sha256 = "", Store = Text("Store") ?? "" };
        if (type == typeof(HealthChange) && !values.ContainsKey("Result") && values.TryGetValue("Status", out object? status))
            values["Result"] = new HealthResult { Check = Text("Check")!, Target = Text("Target")!, Status = (HealthStatus)status!, Message = Text("Message") ?? "", Remedy = Text("Remedy") ?? "", Environment = Text("Environment")! };
        // A report that does not say whether it is to be judged is judged.
        if (type == typeof(ReportRecord) && !values.ContainsKey("Judges")) values["Judges"] = true;

        string? Text(string name) => properties.TryGetValue(name, out object? value) ? value as string : null;
    }
}
