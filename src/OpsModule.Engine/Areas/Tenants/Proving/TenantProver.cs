using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Tenants.Proving;

/// <summary>
/// Sees by declared requests whether a tenant is served: of each instance that runs, and not through whatever stands before them.
/// </summary>
internal sealed class TenantProver(OpsContext context) : IDisposable
{
    /// <summary>A token has to last so much longer than the proof may take.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60), Pause = TimeSpan.FromMilliseconds(100);

    private readonly TenantHttp _http = new(context);
    private readonly TenantSettings _settings = context.Environment.Section<TenantSettings>();

    /// <summary>True when there is anything to ask.</summary>
    public bool Any => _settings.Proofs.Count > 0;

    /// <summary>Reads the tokens of a tenant's proofs.</summary>
    /// <exception cref="OpsException"><c>TenantTokenInvalid</c>: one is missing, or ends too soon.</exception>
    public void CheckTokens(string tenant)
    {
        foreach (TenantProof proof in _settings.Proofs)
            if (TokenOf(proof, tenant).Ended is { } ended) throw Ended(ended, tenant);
    }

    /// <summary>
    /// Sees that each request is served as long as nothing is done: one that is refused now would be refused afterwards, and prove nothing.
    /// An instance that does not answer at once is given as long as a proof has.
    /// </summary>
    /// <exception cref="OpsException"><c>TenantProofWorthless</c>, <c>TenantTokenInvalid</c>.</exception>
    public async Task ControlAsync(string tenant, CancellationToken ct)
    {
        foreach (string one in new[] { tenant }.Concat(Others(tenant)))
            if ((await UntilServedAsync(one, ct).ConfigureAwait(false)).FirstOrDefault(a => a.Said != ProofSaid.Served) is { } bad)
                throw TenantErrors.TenantProofWorthless.Make($"Before anything was done tenant {one} is not served: {bad.Words}. A refusal "
                    + "afterwards would prove nothing. Nothing was changed.",
                    "Give the proof a token that is served, and see that each instance answers. In an emergency -SkipProof suspends "
                    + "without.",
                    tenant);
    }

    /// <summary>The same, asked by GET alone: it leaves nothing behind, and so is looked at when it is planned.</summary>
    /// <exception cref="OpsException">As <see cref="ControlAsync"/>.</exception>
    public async Task ControlByReadingAsync(string tenant, CancellationToken ct)
    {
        TenantProof[] reading = [.. _settings.Proofs.Where(p => p.Method == "GET")];
        foreach (string one in new[] { tenant }.Concat(Others(tenant)))
            if ((await AskAsync(one, reading, ct).ConfigureAwait(false)).FirstOrDefault(a => a.Said != ProofSaid.Served) is { } bad)
                throw TenantErrors.TenantProofWorthless.Make($"Tenant {one} is not served as it is: {bad.Words}. A refusal afterwards "
                    + $"would "
                    + "prove nothing.", "Give the proof a token that is served, and see that each instance answers. In an emergency "
                    + "-SkipProof suspends without.", tenant);
    }

    /// <summary>What each instance says now, asked by GET alone; nothing where no request is one.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="isShown">True where nothing hangs on it: a token that has ended is not asked with, and that is said.</param>
    /// <exception cref="OpsException"><c>TenantTokenInvalid</c>.</exception>
    public Task<IReadOnlyList<ProofAnswer>> LookAsync(string tenant, CancellationToken ct, bool isShown = false) =>
        AskAsync(tenant, [.. _settings.Proofs.Where(p => p.Method == "GET")], ct, isShown);

    /// <summary>
    /// Asks until each instance refuses this one, and meanwhile for others, which are to be served still: an instance of theirs that is
    /// away does not make this one late.
    /// </summary>
    /// <exception cref="OpsException">As <see cref="OthersAsync"/>.</exception>
    public async Task<ProofRound> RoundAsync(string tenant, CancellationToken ct)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task<(IReadOnlyList<ProofAnswer> Answers, long SeenAt)> own = OwnAsync();
        try
        {
            OthersSeen others = await OthersAsync(tenant, ct).ConfigureAwait(false);
            (IReadOnlyList<ProofAnswer> answers, long seenAt) = await own.ConfigureAwait(false);
            return new ProofRound(answers, others, seenAt);
        }
        catch
        {
            await both.CancelAsync().ConfigureAwait(false);
            await ((Task)own).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        async Task<(IReadOnlyList<ProofAnswer>, long)> OwnAsync() =>
            (await UntilRefusedAsync(tenant, both.Token).ConfigureAwait(false), context.Time.GetTimestamp());
    }

    /// <summary>
    /// Asks until each instance refuses, within the time that is declared. The instances are listed anew in each round.
    /// </summary>
    /// <returns>What the last round said.</returns>
    public Task<IReadOnlyList<ProofAnswer>> UntilRefusedAsync(string tenant, CancellationToken ct) => UntilAsync(tenant,
        ProofSaid.Refused, ct);

    /// <summary>Asks until each instance serves, in the same time.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="isShown">As with <see cref="LookAsync"/>.</param>
    public Task<IReadOnlyList<ProofAnswer>> UntilServedAsync(string tenant, CancellationToken ct, bool isShown = false) =>
        UntilAsync(tenant, ProofSaid.Served, ct, isShown);

    /// <summary>Sees that the others are served, and that none of them is refused.</summary>
    /// <exception cref="OpsException"><c>OtherTenantRefused</c>.</exception>
    public async Task<OthersSeen> OthersAsync(string tenant, CancellationToken ct)
    {
        string[] others = [.. Others(tenant)];
        if (others.Length == 0 || !Any) return new OthersSeen([], []);
        var (served, unproven) = (new List<string>(), new List<ProofAnswer>());
        foreach (string other in others)
        {
            ProofAnswer[] bad = [.. (await UntilServedAsync(other, ct).ConfigureAwait(false)).Where(a => a.Said != ProofSaid.Served)];
            // Somebody else may have suspended it meanwhile.
            if (bad.FirstOrDefault(a => a.Said == ProofSaid.Refused) is { } refused && !IsSuspended(other))
                throw TenantErrors.OtherTenantRefused.Make($"Tenant {other}, which was served before, is not any more: {refused.Words}.",
                    "What suspends one tenant must not touch others: look at tenants.suspend.", tenant);
            unproven.AddRange(bad.Where(a => a.Said != ProofSaid.Refused).Select(a => a with { Words = $"tenant {other}: {a.Words}" }));
            if (bad.Length == 0) served.Add(other);
        }
        return new OthersSeen([.. served.Count == 0 ? Array.Empty<string>() : [$"{string.Join(", ", served)} served as before"],
            .. unproven.Select(u => u.Words)], unproven);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Tenants that are to be served; those that are suspended themselves are left to the caller.</summary>
    public Func<string, bool> IsSuspended { get; init; } = _ => false;

    private IEnumerable<string> Others(string tenant) => _settings.Others.Where(o => o != tenant && !IsSuspended(o)).Distinct();

    private async Task<IReadOnlyList<ProofAnswer>> UntilAsync(string tenant, ProofSaid wanted, CancellationToken ct, bool isShown = false)
    {
        long start = context.Time.GetTimestamp();
        while (true)
        {
            IReadOnlyList<ProofAnswer> answers = await AskAsync(tenant, _settings.Proofs, ct, isShown).ConfigureAwait(false);
            if (answers.All(a => a.Said == wanted || a.Said == ProofSaid.Unasked)
                || context.Time.GetElapsedTime(start) >= _settings.Within) return answers;
            await Task.Delay(Pause, context.Time, ct).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<ProofAnswer>> AskAsync(string tenant, IReadOnlyList<TenantProof> proofs, CancellationToken ct,
        bool isShown = false)
    {
        var asked = new List<Task<ProofAnswer>>();
        foreach (TenantProof proof in proofs)
        {
            (string? token, string? ended) = TokenOf(proof, tenant);
            if (ended is not null)
            {
                asked.Add(isShown ? Task.FromResult(new ProofAnswer(ProofSaid.Unasked, $"{proof.Name} was not asked: {ended}"))
                    : throw Ended(ended, tenant));
                continue;
            }
            var request = new TenantRequest(proof.Method, TenantName.In(proof.Request, tenant), proof.Header, token,
                proof.Body is null ? null : TenantName.In(proof.Body, tenant));
            if (!proof.IsOfEachInstance)
            {
                asked.Add(AskAsync(proof, request, null, ct));
                continue;
            }
            IReadOnlyList<ServiceInstance> instances = await TenantInstances.FindAsync(context, proof.Service!, ct).ConfigureAwait(false);
            if (instances.Count == 0)
                asked.Add(Task.FromResult(new ProofAnswer(ProofSaid.Nothing, $"{proof.Name}: no instance of {proof.Service} runs")));
            asked.AddRange(instances.Select(i => AskAsync(proof, request, i, ct)));
        }
        return await Task.WhenAll(asked).ConfigureAwait(false);
    }

    private async Task<ProofAnswer> AskAsync(TenantProof proof, TenantRequest request, ServiceInstance? instance, CancellationToken ct)
    {
        string who = $"{proof.Name}: {instance?.Name ?? new Uri(request.Address).Authority}";
        if (instance is { State: not InstanceState.Running })
            return new ProofAnswer(ProofSaid.Nothing, $"{who} is {instance.State.ToString().ToLowerInvariant()}, and may serve in a "
                + $"moment");
        TenantAnswer answer = await _http.AskAsync(request, instance, ct).ConfigureAwait(false);
        return answer switch
        {
            { IsWell: true } => new ProofAnswer(ProofSaid.Served, $"{who} serves ({Code(answer)})"),
            { Status: { } status } when proof.Refused.Contains(status) => new ProofAnswer(ProofSaid.Refused,
                $"{who} refuses ({Code(answer)})"),
            _ => new ProofAnswer(ProofSaid.Nothing, $"{who} {answer.Words}, which proves nothing"),
        };
    }

    /// <summary>The token, and that it has ended, or ends too soon, in words; null where it lasts.</summary>
    private (string? Token, string? Ended) TokenOf(TenantProof proof, string tenant)
    {
        if (proof.Token is not { } reference) return (null, null);
        string token;
        try { token = new SecretReference(TenantName.In(reference, tenant), proof.Directory).Resolve().Trim(); }
        catch (OpsException e)
        {
            throw TenantErrors.TenantTokenInvalid.Make($"The proof '{proof.Name}' has no token of tenant {tenant}: {e.Message}",
                "Put one there, or leave the proof out. In an emergency -SkipProof suspends without.", tenant, e);
        }
        // From then on it is shown by nothing.
        HiddenWords.Add(token);
        return (token, TokenExpiry.Of(token) is { } ends && ends <= context.Time.GetUtcNow() + _settings.Within + Margin
            ? $"the token of tenant {tenant} for the proof '{proof.Name}' {(ends <= context.Time.GetUtcNow() ? "has ended" : "ends")} at "
                + $"{ends.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : null);
    }

    private static OpsException Ended(string words, string tenant) => TenantErrors.TenantTokenInvalid.Make(
        $"{char.ToUpperInvariant(words[0])}{words[1..]}: it would be refused whatever was done.",
        "Put one there that lasts. In an emergency -SkipProof suspends without.", tenant);

    private static string Code(TenantAnswer answer) => answer.Status!.Value.ToString(CultureInfo.InvariantCulture);
}
