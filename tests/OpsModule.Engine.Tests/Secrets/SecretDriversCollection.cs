namespace OpsModule.Engine.Tests.Secrets;

/// <summary>Tests that put a driver of theirs into the list of the process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SecretDriversCollection
{
    public const string Name = "secret drivers";
}
