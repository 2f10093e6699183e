using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Records;

/// <summary>Refuses what comes through a pipeline and is not what a cmdlet works on: nothing is ever done to a default in its place.</summary>
public static class PipelineObject
{
    /// <summary>The error for an object that is no backup, no service and so on.</summary>
    /// <param name="what">What was expected, in one word.</param>
    /// <param name="given">What came.</param>
    /// <param name="expected">What to pipe, in words.</param>
    /// <param name="typeName">The type's name; that of the object when left out.</param>
    public static OpsException IsNo(string what, object given, string expected, string? typeName = null)
    {
        string type = typeName ?? given.GetType().Name;
        bool isShape = type is "PSCustomObject" or "PropertyBag" || type.StartsWith("Deserialized.", StringComparison.Ordinal) || type.StartsWith("Selected.", StringComparison.Ordinal);
        return new OpsException("PipelineObjectUnknown", OpsErrorCategory.InvalidArgument, $"An object of type {type} names no {what}.",
            $"Pipe {expected}." + (isShape ? " An object of another session, of a file, or of Select-Object -Property is only a likeness: pipe its name or id, for example with ForEach-Object." : ""), type);
    }
}
