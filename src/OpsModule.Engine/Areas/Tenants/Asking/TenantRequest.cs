namespace OpsModule.Engine.Areas.Tenants.Asking;

/// <summary>One request, with everything in its place but the instance.</summary>
/// <param name="Method">The method.</param>
/// <param name="Address">The address, perhaps with <c>{instance}</c> as its host.</param>
/// <param name="Header">The header that carries the token, as <c>Name: text {token}</c>; null for none.</param>
/// <param name="Token">The token; null for none.</param>
/// <param name="Body">JSON; null for nothing.</param>
internal sealed record TenantRequest(string Method, string Address, string? Header, string? Token, string? Body)
{
    // A request must not show its token.
    /// <inheritdoc/>
    public override string ToString() => $"{Method} of "
        + $"{(Uri.TryCreate(Address, UriKind.Absolute, out Uri? url) ? url.Host : "an instance")}";
}
