namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>What speaks against a rotation.</summary>
/// <param name="Words">What was found, in a sentence without its end.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="IsRefusal">True when clients would be refused or miss something; false when people should only know.</param>
internal sealed record Finding(string Words, string Remedy, bool IsRefusal);
