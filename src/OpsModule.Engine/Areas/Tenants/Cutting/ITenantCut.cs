using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>One thing that cuts a tenant off.</summary>
internal interface ITenantCut
{
    /// <summary>Its step, in kebab-case.</summary>
    string Step { get; }

    /// <summary>What it does, in words, for the plan: <c>end sessions of login t_demo</c>.</summary>
    string WordsFor(string tenant);

    /// <summary>What it is declared as: one that is declared otherwise since cannot lift what this one has done.</summary>
    string WhatFor(string tenant);

    /// <summary>Whether lifting brings back what it took away: ended sessions and keys of caches come again by themselves.</summary>
    bool IsLifted { get; }

    /// <summary>What people should know before it is lifted; null for nothing.</summary>
    /// <param name="before">What <see cref="LookAsync"/> had found.</param>
    string? ToldOfLifting(IReadOnlyDictionary<string, string> before) => null;

    /// <summary>Looks how it is. Everything that would keep it from being done, or lifted, is thrown here, when nothing has been
    /// done.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>TenantNotFound</c>, and why it cannot be done.</exception>
    Task<CutLook> LookAsync(string tenant, CancellationToken cancellationToken);

    /// <summary>Cuts the tenant off; after a kill once more.</summary>
    /// <param name="run">The change.</param>
    /// <param name="tenant">The tenant.</param>
    /// <param name="before">What <see cref="LookAsync"/> had found.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task CutAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken);

    /// <summary>Lets it in again: all is as it was before; nothing, where that was never begun, or is done.</summary>
    Task LiftAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken);
}
