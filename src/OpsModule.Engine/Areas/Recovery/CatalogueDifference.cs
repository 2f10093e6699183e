namespace OpsModule.Engine.Areas.Recovery;

/// <summary>One property of one object that is not after a restore what it was when the backup was made.</summary>
/// <param name="Kind">What the object is: <c>table</c>, <c>function</c> ...</param>
/// <param name="Schema">The schema it is in; empty for what is in none.</param>
/// <param name="Object">Its name; <c>*</c> for all objects of the kind together.</param>
/// <param name="Property">The property, for example <c>owner</c>, <c>grants.reporter</c>, <c>row security</c>; empty when the object as a whole is missing or new.</param>
/// <param name="Was">What the backup says; null for nothing.</param>
/// <param name="Is">What was restored; null for nothing.</param>
/// <param name="IsGrave">True when it would open what was closed: a wider grant, another owner, row security that is off; a sequence that would give numbers anew counts, too.</param>
public sealed record CatalogueDifference(string Kind, string Schema, string Object, string Property, string? Was, string? Is, bool IsGrave)
{
    /// <summary>In words: <c>table app.orders: grants.reporter was nothing, is SELECT</c>.</summary>
    public override string ToString()
    {
        string which = $"{Kind} {(Schema.Length == 0 || Kind == "schema" ? Object : $"{Schema}.{Object}")}";
        if (Property.Length > 0) return $"{which}: {Property} was {Show(Was)}, is {Show(Is)}";
        return Is is null ? $"{which} was there and is not" : $"{which} was not there and is";
    }

    private static string Show(string? value) => value switch
    {
        null => "nothing",
        { Length: > 200 } => value[..200] + "…",
        _ => value,
    };
}
