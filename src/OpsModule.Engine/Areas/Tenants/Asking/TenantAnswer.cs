namespace OpsModule.Engine.Areas.Tenants.Asking;

/// <summary>What was answered.</summary>
/// <param name="Status">The status; null when nothing was answered.</param>
/// <param name="Body">The body, when it is no larger than 1 MiB; else empty. It is for reading, and is never shown.</param>
/// <param name="Words">What came, in words that follow the name of who was asked.</param>
internal sealed record TenantAnswer(int? Status, string Body, string Words)
{
    /// <summary>False where the request did not leave: nobody took the connection.</summary>
    public bool WasSent { get; init; } = true;

    /// <summary>True from 200 to 299.</summary>
    public bool IsWell => Status is >= 200 and < 300;
}
