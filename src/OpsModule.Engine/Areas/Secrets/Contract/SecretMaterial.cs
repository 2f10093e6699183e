namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>A secret's value, and the login that it belongs to. Its text never shows the value.</summary>
/// <param name="value">The value, as the program that uses it gets it.</param>
/// <param name="login">The login, where the secret is one's: the role, the ACL user; null for a value alone.</param>
public sealed class SecretMaterial(string value, string? login = null) : IEquatable<SecretMaterial>
{
    /// <summary>The value.</summary>
    public string Value { get; } = value;

    /// <summary>The login that it belongs to; null for a value alone.</summary>
    public string? Login { get; } = login;

    /// <summary>True of a place that has the login alone, as a variable of its own: its value stands elsewhere.</summary>
    public bool IsLoginAlone => Value.Length == 0 && Login is not null;

    /// <inheritdoc/>
    public bool Equals(SecretMaterial? other) => other is not null && other.Value == Value && other.Login == Login;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SecretMaterial);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value, Login);

    /// <inheritdoc/>
    public override string ToString() => Login is null ? "(secret)" : $"(secret of {Login})";
}
