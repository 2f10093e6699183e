using System.Collections.Concurrent;
using OpsModule.Engine.Tests.Secrets;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>
/// One instance of an application with tenants: <c>GET /me</c> with <c>NAME-token</c> is served, and refused while NAME is suspended. Another
/// one knows nothing of what this one was told, unless both look into the same <see cref="Suspended"/>.
/// </summary>
internal sealed class TenantServer : HttpStub
{
    /// <summary>Who is suspended, as it was told.</summary>
    public ConcurrentDictionary<string, bool> Suspended { get; init; } = new();

    /// <summary>It goes on serving: what it has accepted once it accepts for ever.</summary>
    public bool IsStale { get; set; }

    /// <summary>It answers suspend with this status, and does nothing.</summary>
    public int? SuspendStatus { get; set; }

    /// <summary>It refuses all whenever somebody is suspended.</summary>
    public bool HurtsOthers { get; set; }

    /// <summary>What happens while it is told to suspend somebody.</summary>
    public Action? WhenSuspended { get; set; }

    /// <summary>It answers resume with this status, and does nothing.</summary>
    public int? ResumeStatus { get; set; }

    /// <summary>What happens while it is told to let somebody in.</summary>
    public Action? WhenResumed { get; set; }

    /// <summary>What it answers to a tenant in the place of what is so; null leaves it.</summary>
    public Func<string, int?>? Says { get; set; }

    protected override (int Status, string Body, string Headers) Answer(StubRequest request)
    {
        string[] parts = request.Path.Trim('/').Split('/');
        switch (parts)
        {
            case ["me"]:
                string token = request.Header("Authorization").Replace("Bearer ", "");
                if (!token.Contains("-token")) return (401, "{}", "");
                string name = token[..token.IndexOf("-token", StringComparison.Ordinal)];
                if (Says?.Invoke(name) is { } said) return (said, "{}", "");
                bool off = Suspended.GetValueOrDefault(name) || (HurtsOthers && Suspended.Values.Any(s => s));
                return (off && !IsStale ? 403 : 200, "{}", "");
            case ["tenants", "nobody"]:
                return (404, "{}", "");
            case ["tenants", var tenant]:
                return (200, "{\"tenant\":{\"suspended\":" + (Suspended.GetValueOrDefault(tenant) ? "true" : "false") + "}}", "");
            case ["tenants", var tenant, var verb] when request.Method == "POST":
                if (request.Header("X-Admin") != "admin-secret-91") return (401, "{}", "");
                if (verb == "suspend") WhenSuspended?.Invoke();
                if (verb == "resume") WhenResumed?.Invoke();
                if (verb == "resume" && ResumeStatus is { } answer) return (answer, "{}", "");
                if (verb == "suspend" && SuspendStatus is { } status) return (status, "{}", "");
                Suspended[tenant] = verb == "suspend";
                return (200, "{}", "");
            default:
                return (404, "{}", "");
        }
    }
}
