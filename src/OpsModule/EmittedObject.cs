using System.Management.Automation;
using OpsModule.Engine;

namespace OpsModule;

/// <summary>What a cmdlet hands to the pipeline for a value of the engine.</summary>
internal static class EmittedObject
{
    public static object Of(object value) => value is string text && !PrintableText.IsSafe(text) ? Foreign(text) : value;

    /// <summary>The same text, which a view shows safely where it reaches a terminal; in files and variables it stays as it is.</summary>
    private static PSObject Foreign(string text)
    {
        var shown = new PSObject(text);
        shown.TypeNames.Insert(0, "OpsModule.ForeignText");
        return shown;
    }
}
