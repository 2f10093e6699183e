namespace OpsModule.Engine.Areas.Databases;

/// <summary>
/// Names for the properties of a row: a result may have two columns of one name, and an object has no two properties of one.
/// </summary>
public static class ColumnNames
{
    // PowerShell keeps these for itself.
    private static readonly string[] Reserved = ["PSObject", "PSBase", "PSAdapted", "PSExtended", "PSTypeNames"];

    /// <summary>The names, those that are taken already with a number behind them; and what was changed, in words.</summary>
    public static (IReadOnlyList<string> Names, IReadOnlyList<string> Changed) Distinct(IReadOnlyList<string> columns)
    {
        var taken = new HashSet<string>(Reserved, StringComparer.OrdinalIgnoreCase);
        // The first of a name keeps it, also against one that a number would make of another.
        var whole = new HashSet<string>(columns, StringComparer.OrdinalIgnoreCase);
        List<string> names = [], changed = [];
        for (int at = 0; at < columns.Count; at++)
        {
            string wanted = columns[at].Length == 0 ? $"Column{at + 1}" : columns[at], name = wanted;
            for (int number = 2; (name != wanted && whole.Contains(name)) || !taken.Add(name); number++) name = $"{wanted}_{number}";
            names.Add(name);
            if (name != columns[at]) changed.Add($"column {at + 1} ({(columns[at].Length == 0 ? "without a name" : columns[at])}) is "
                + $"{name}");
        }
        return (names, changed);
    }
}
