using System.Management.Automation;

namespace OpsModule;

/// <summary>An environment that came out of a job, another session or a file: its properties, of which the file is what counts.</summary>
internal static class EnvironmentObject
{
    /// <summary>Whether an object is such a likeness.</summary>
    public static bool Is(object? value) => value is PSObject { BaseObject: PSCustomObject } bag && bag.TypeNames.Any(IsName) && FileOf(value) is not null;

    /// <summary>Its file, which is read again; null for any other object.</summary>
    public static string? FileOf(object? value) => value is PSObject { BaseObject: PSCustomObject } bag && bag.TypeNames.Any(IsName) ? bag.Properties["File"]?.Value as string : null;

    private static bool IsName(string type) => type.StartsWith("Deserialized.OpsModule.", StringComparison.Ordinal) && type.EndsWith("Environment", StringComparison.Ordinal);
}
