using System.Management.Automation;
using System.Runtime.CompilerServices;

namespace OpsModule.Reports;

/// <summary>What came through the pipeline, without PowerShell's wrapper; an object that is nothing but its wrapper becomes its properties.</summary>
internal static class PipedObject
{
    public static object? Of(object? value) => value?.GetType().Namespace == "System.Management.Automation" ? Unwrap(value) : value;

    // Apart, so that the host, which has no such class, never has to load it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object? Unwrap(object value) => value is not PSObject wrapped ? value
        : wrapped.BaseObject is PSCustomObject ? wrapped.Properties.Where(p => p.IsGettable).ToDictionary(p => p.Name, p => Of(p.Value))
        : wrapped.BaseObject;
}
