using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Connections.Platforms.Contract;

/// <summary>Which services are meant by names with wildcards.</summary>
public static class ServiceSelection
{
    /// <summary>Those of the known names that a written one means; none where nothing fits its wildcards.</summary>
    /// <exception cref="OpsException"><c>ServiceNotFound</c> with the nearest name, for a name without wildcards that is not known; <c>NameAmbiguous</c>.</exception>
    public static IReadOnlyList<string> Find(string written, IEnumerable<string> known, string where)
    {
        string[] all = [.. known];
        IReadOnlyList<string> found = NamePattern.Choose(written, all, "service");
        if (found.Count > 0 || NamePattern.HasWildcard(written)) return found;
        string[] kinds = [.. all.Where(n => n.EndsWith("/" + written, StringComparison.OrdinalIgnoreCase))];
        string advice = kinds.Length > 0 ? $"Did you mean {string.Join(" or ", kinds)}?" : NearestName.Of(written, all) is { } near ? $"Did you mean {near}?" : all.Length == 0 ? "There are none at all: start them first, or correct the platform in the environment file."
            : $"There are: {string.Join(", ", all)}.";
        throw new OpsException("ServiceNotFound", OpsErrorCategory.ObjectNotFound, $"{where} has no service {written}.", advice, written);
    }
}
