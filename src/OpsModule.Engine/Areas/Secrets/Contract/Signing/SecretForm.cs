namespace OpsModule.Engine.Areas.Secrets.Contract.Signing;

/// <summary>What a place holds.</summary>
internal enum SecretForm
{
    /// <summary>One value.</summary>
    Value,

    /// <summary>Values with commas between them, each accepted; the first one signs.</summary>
    List,

    /// <summary>Values by their ids: <c>{"active":"ID","keys":{"ID":"VALUE"}}</c>, each accepted; the active one signs.</summary>
    Json,
}
