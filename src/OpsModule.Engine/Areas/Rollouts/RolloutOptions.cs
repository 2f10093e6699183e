using OpsModule.Engine.Environments.Rollouts;

namespace OpsModule.Engine.Areas.Rollouts;

/// <summary>What is asked for when a service is brought out. What is null follows from the environment file, else from what is built
/// in.</summary>
public sealed record RolloutOptions
{
    /// <summary>The whole image, such as <c>registry.example.net/shop/api:2.1</c>; null for that of the service's files.</summary>
    public string? Image { get; init; }

    /// <summary>The tag alone, of the image that the service has.</summary>
    public string? Tag { get; init; }

    /// <summary>The digest alone (<c>sha256:...</c>), of the image that the service has.</summary>
    public string? Digest { get; init; }

    /// <summary>Kubernetes: the container of the pod that it is for; null for the only one, or the one that the image tells.</summary>
    public string? Container { get; init; }

    /// <summary>Asks the registry even where the image is there already.</summary>
    public bool Pull { get; init; }

    /// <summary>Builds the image first, where the service's files say how.</summary>
    public bool Build { get; init; }

    /// <summary>Builds without what earlier builds have left.</summary>
    public bool NoCache { get; init; }

    /// <summary>Keeps the image that runs, whatever the files say: what is brought out is something else, such as limits.</summary>
    public bool KeepsImage { get; init; }

    /// <summary>In what order instances are replaced.</summary>
    public RolloutStrategy? Strategy { get; init; }

    /// <summary>How many instances are replaced at a time.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The proxy before it: a name of <c>proxies</c>, a kind of proxy, <c>none</c>, or <c>auto</c>.</summary>
    public string? Proxy { get; init; }

    /// <summary>URL that a new instance must answer well, with <c>{instance}</c> in the place of its address.</summary>
    public string? Probe { get; init; }

    /// <summary>How long a new instance may take to be ready.</summary>
    public TimeSpan? HealthTimeout { get; init; }

    /// <summary>How long connections of an old instance may last.</summary>
    public TimeSpan? DrainTimeout { get; init; }

    /// <summary>How long the new instances are watched.</summary>
    public TimeSpan? Watch { get; init; }

    /// <summary>The share of requests that may fail while they are watched, of 1.</summary>
    public double? MaxErrorRate { get; init; }

    /// <summary>How slow the slowest of twenty requests may be while they are watched.</summary>
    public TimeSpan? MaxLatencyP95 { get; init; }

    /// <summary>With fewer requests nothing is proven.</summary>
    public int? MinRequests { get; init; }

    /// <summary>How many earlier revisions are kept.</summary>
    public int? Keep { get; init; }

    /// <summary>Why it is done, for the revision and the journal.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// True where an earlier part of the same change writes the files: what they say now is then no measure, and the instances are made
    /// anew whatever they are.
    /// </summary>
    public bool FilesFollow { get; init; }

    /// <summary>True where an earlier part of the same change builds the image.</summary>
    public bool ImageFollows { get; init; }

    /// <summary>The revision to go back to; null brings out what the files and the image say now.</summary>
    public int? ToRevision { get; init; }

    /// <summary>The same with what the environment file says, and then what is built in, where nothing was asked.</summary>
    public RolloutOptions Over(RolloutSettings? file) => this with
    {
        Strategy = Strategy ?? file?.Strategy ?? RolloutStrategy.Auto,
        BatchSize = BatchSize ?? file?.BatchSize ?? 1,
        Proxy = Proxy is null || Proxy.Equals("auto", StringComparison.OrdinalIgnoreCase) ? file?.Proxy ?? "auto" : Proxy,
        Probe = Probe ?? file?.Probe,
        HealthTimeout = HealthTimeout ?? file?.Health ?? TimeSpan.FromMinutes(2),
        DrainTimeout = DrainTimeout ?? file?.Drain ?? TimeSpan.FromSeconds(30),
        Watch = Watch ?? file?.Watch ?? TimeSpan.Zero,
        MaxErrorRate = MaxErrorRate ?? file?.MaxErrorRate ?? 0.01,
        MaxLatencyP95 = MaxLatencyP95 ?? file?.MaxLatencyP95,
        MinRequests = MinRequests ?? file?.MinRequests ?? 50,
        Keep = Keep ?? file?.Keep ?? 3,
    };
}
