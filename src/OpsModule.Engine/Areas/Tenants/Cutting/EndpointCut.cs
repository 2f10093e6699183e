using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>
/// An endpoint of the application: asked once, or of each instance. What it answers is not believed where something tells how it is.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="endpoint">The endpoint.</param>
/// <param name="kind">What its step begins with: <c>endpoint</c>, or <c>queue</c>.</param>
internal sealed class EndpointCut(OpsContext context, TenantEndpoint endpoint, string kind) : ITenantCut
{
    private const string Was = "was", Cut = "cut", Open = "open", Untold = "untold", Instance = "{instance}";

    public string Step => $"{kind}-{endpoint.Name.ToLowerInvariant()}";

    public bool IsLifted => true;

    public string WordsFor(string tenant) => $"{endpoint.Method} to {kind} {endpoint.Name}{(IsOfEach(endpoint.Suspend)
        ? $" of each instance of {endpoint.Service}" : "")}";

    public async Task<CutLook> LookAsync(string tenant, CancellationToken cancellationToken)
    {
        string was = await CheckAsync(tenant, cancellationToken).ConfigureAwait(false) switch { true => Cut, false => Open, null =>
            Untold };
        // Nothing is begun where nobody could be asked.
        if (IsOfEach(endpoint.Suspend)) await InstancesAsync(endpoint.Suspend, cancellationToken).ConfigureAwait(false);
        endpoint.Token?.Resolve();
        var warnings = new List<string>();
        if (was == Cut) warnings.Add($"{kind} {endpoint.Name} says already that {tenant} is cut off; lifting leaves it so.");
        if (was == Untold) warnings.Add($"Nothing tells what {kind} {endpoint.Name} has done: it declares no check.");
        return new CutLook(new Dictionary<string, string> { [Was] = was },
            [new PlanIdentity($"{kind} {endpoint.Name} for {tenant}", was)], warnings);
    }

    public async Task CutAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before,
        CancellationToken cancellationToken)
    {
        if (before[Was] == Cut) return;
        await CallAsync(run, tenant, endpoint.Suspend, endpoint.Body, cancellationToken).ConfigureAwait(false);
        await ProveAsync(tenant, true, cancellationToken).ConfigureAwait(false);
    }

    public async Task LiftAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before,
        CancellationToken cancellationToken)
    {
        if (before[Was] == Cut) return;
        await CallAsync(run, tenant, endpoint.Resume, endpoint.ResumeBody, cancellationToken).ConfigureAwait(false);
        await ProveAsync(tenant, false, cancellationToken).ConfigureAwait(false);
    }

    public string WhatFor(string tenant) => $"{endpoint.Suspend} {endpoint.Resume}";

    private static bool IsOfEach(string address) => address.Contains(Instance, StringComparison.Ordinal);

    private async Task CallAsync(ChangeRun run, string tenant, string address, string? body, CancellationToken ct)
    {
        using var http = new TenantHttp(context);
        TenantRequest request = RequestOf(endpoint.Method, address, body, tenant);
        bool isFirst = true;
        foreach (ServiceInstance? instance in await InstancesAsync(address, ct).ConfigureAwait(false))
        {
            TenantAnswer answer = await http.ChangeAsync(run, request, instance, ct).ConfigureAwait(false);
            if (!answer.IsWell && !answer.WasSent && isFirst)
                throw TenantErrors.TenantEndpointAway.Make($"{kind} {endpoint.Name} {Of(instance)}{answer.Words}: it was asked nothing.",
                    "See whether it runs, and whether the address is right.", tenant);
            if (!answer.IsWell) throw Failed(tenant, instance, answer);
            isFirst = false;
        }
    }

    private async Task ProveAsync(string tenant, bool cut, CancellationToken ct)
    {
        if (await CheckAsync(tenant, ct).ConfigureAwait(false) is not { } now || now == cut) return;
        throw TenantErrors.TenantEndpointLied.Make($"{kind} {endpoint.Name} took the request, and says afterwards that {tenant} is "
            + $"{(now ? "cut off" : "not cut off")}.", "Look at the application's log: it answers well and does not do it.", tenant);
    }

    /// <summary>Whether the tenant is cut off, of each instance where each is asked; null where nothing tells.</summary>
    private async Task<bool?> CheckAsync(string tenant, CancellationToken ct)
    {
        if (endpoint is not { Check: { } check, Json: { } path }) return null;
        using var http = new TenantHttp(context);
        bool? all = null;
        foreach (ServiceInstance? instance in await InstancesAsync(check, ct).ConfigureAwait(false))
        {
            TenantAnswer answer = await http.AskAsync(RequestOf("GET", check, null, tenant), instance, ct).ConfigureAwait(false);
            if (answer.Status == 404)
                throw TenantErrors.TenantNotFound.Make($"{kind} {endpoint.Name} answers 404: it knows no tenant {tenant}.",
                    "Give the tenant's name as the application has it.", tenant);
            if (!answer.IsWell) throw Failed(tenant, instance, answer);
            bool cut = Read(answer.Body, path, tenant) == endpoint.Value;
            // Where instances say different things neither is believed.
            if (all is { } known && known != cut)
                throw TenantErrors.TenantEndpointLied.Make($"Instances of {endpoint.Service} do not agree whether {tenant} is cut off.",
                    "Each keeps it for itself: declare suspend with {instance}, so that each is asked.", tenant);
            all = cut;
        }
        return all;
    }

    private string Read(string body, string path, string tenant)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement at = document.RootElement;
            foreach (string name in path.Split('.'))
                if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at)) throw Unread(tenant, path);
            return at.ValueKind switch
            {
                JsonValueKind.String => at.GetString()!,
                JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number or JsonValueKind.Null => at.GetRawText(),
                _ => throw Unread(tenant, path),
            };
        }
        catch (JsonException) { throw Unread(tenant, path); }
    }

    /// <summary>Those that are asked; null stands for whatever answers at the address.</summary>
    private async Task<IReadOnlyList<ServiceInstance?>> InstancesAsync(string address, CancellationToken ct)
    {
        if (!IsOfEach(address)) return [null];
        IReadOnlyList<ServiceInstance> all = await TenantInstances.FindAsync(context, endpoint.Service!, ct).ConfigureAwait(false);
        return all.Any(i => i.State == InstanceState.Running) ? all : throw TenantErrors.TenantEndpointFailed.Make(
            $"No instance of {endpoint.Service} runs that {kind} {endpoint.Name} could be asked of.",
            $"Start it: Start-OpsService {endpoint.Service}. An instance that starts later would know nothing of it.", endpoint.Service);
    }

    private TenantRequest RequestOf(string method, string address, string? body, string tenant) => new(method, TenantName.In(address,
        tenant),
        endpoint.Header, endpoint.Token?.Resolve(), body is null ? null : TenantName.In(body, tenant));

    private OpsException Failed(string tenant, ServiceInstance? instance, TenantAnswer answer) => TenantErrors.TenantEndpointFailed.Make(
        $"{kind} {endpoint.Name} {Of(instance)}{answer.Words}; a status from 200 to 299 was expected.",
        "See what the application's log says of it.", tenant);

    private static string Of(ServiceInstance? instance) => instance is null ? "" : $"of {instance.Name} ";

    private OpsException Unread(string tenant, string path) => TenantErrors.TenantEndpointFailed.Make(
        $"What the check of {kind} {endpoint.Name} answers has no value at {path}.", "Correct json, or see what the application answers.",
        tenant);
}
