using System.Management.Automation;
using OpsModule.Engine.Records;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule;

/// <summary>What a cmdlet hands to the pipeline for a value of the engine.</summary>
internal static class EmittedObject
{
    /// <summary>
    /// The same value, under the short name of its kind (<c>OpsModule.Backup</c>), by which views, functions and other sessions know it. The
    /// name stays with the object, wherever a script keeps it.
    /// </summary>
    public static object Of(object value)
    {
        // A text that would steer a terminal is shown safely by its view; in files and variables it stays as it is.
        if (value is string text) return PrintableText.IsSafe(text) ? value : Named(text, "OpsModule.ForeignText");
        return RecordKinds.Of(value.GetType()) is { } name ? Named(value, name) : value;
    }

    /// <summary>The record, told of which environment it is.</summary>
    public static object In(object value, string? environment) =>
        environment is not null && value is IEnvironmentRecord { Environment: null or "" } record ? record.In(environment) : value;

    private static PSObject Named(object value, string name)
    {
        var shown = new PSObject(value);
        if (shown.TypeNames[0] != name) shown.TypeNames.Insert(0, name);
        return shown;
    }
}
