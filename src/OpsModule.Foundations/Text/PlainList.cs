namespace OpsModule.Foundations.Text;

/// <summary>
/// Keeps lists of records as arrays. PowerShell takes other read-only lists, those that the compiler makes for <c>[.. x]</c>, for one thing:
/// <c>$record.Names[0]</c> would be all names.
/// </summary>
public static class PlainList
{
    /// <summary>The list as an array; the same when it is one.</summary>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> list) => list as T[] ?? list.ToArray();
}
