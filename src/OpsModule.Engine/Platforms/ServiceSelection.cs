using System.IO.Enumeration;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Platforms;

/// <summary>Which services are meant by names with <c>*</c> and <c>?</c>.</summary>
public static class ServiceSelection
{
    /// <summary>True for a name that may stand for several, or for none.</summary>
    public static bool IsPattern(string name) => name.AsSpan().ContainsAny('*', '?');

    /// <summary>Those of the known names that a written one means.</summary>
    /// <exception cref="OpsException"><c>ServiceNotFound</c> with the nearest name, for a name without wildcards that is not known.</exception>
    public static IReadOnlyList<string> Find(string written, IEnumerable<string> known, string where)
    {
        string[] all = [.. known];
        string[] found = [.. all.Where(n => n == written || (IsPattern(written) && FileSystemName.MatchesSimpleExpression(written, n, ignoreCase: false)))];
        if (found.Length > 0 || IsPattern(written)) return found;
        string advice = NearestName.Of(written, all) is { } near ? $"Did you mean {near}?" : all.Length == 0 ? "There are none at all: start them first, or correct the platform in the environment file."
            : $"There are: {string.Join(", ", all)}.";
        throw new OpsException("ServiceNotFound", OpsErrorCategory.ObjectNotFound, $"{where} has no service {written}.", advice, written);
    }
}
