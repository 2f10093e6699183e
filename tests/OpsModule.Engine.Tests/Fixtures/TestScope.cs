using OpsModule.Foundations.Changes;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>A change that only a test makes, for what operates something and asks for one.</summary>
internal sealed class TestScope : ChangeScope
{
    public static readonly TestScope Instance = new();

    public override string Id => "test";
}
