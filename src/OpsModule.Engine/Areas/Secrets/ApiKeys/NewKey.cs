namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>A key that was made. Its text never shows the key.</summary>
/// <param name="id">Its id.</param>
/// <param name="value">The key.</param>
internal sealed class NewKey(string id, string value)
{
    /// <summary>Its id.</summary>
    public string Id { get; } = id;

    /// <summary>The key.</summary>
    public string Value { get; } = value;

    /// <inheritdoc/>
    public override string ToString() => $"(key {Id})";
}
