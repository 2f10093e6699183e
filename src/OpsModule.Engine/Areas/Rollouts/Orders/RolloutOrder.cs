using System.Globalization;
using System.Text.Json;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments.Rollouts;

namespace OpsModule.Engine.Areas.Rollouts.Orders;

/// <summary>An update as it stands in a plan's arguments.</summary>
internal sealed record RolloutOrder
{
    private const int MostAtOnce = 1000;
    private const string Before = "before", After = "after", Follow = "an earlier part";

    public required string Service { get; init; }
    public required string Image { get; init; }
    public string? ImageId { get; init; }
    public string? Digest { get; init; }
    public string? Pull { get; init; }
    public string? Override { get; init; }
    public RolloutStrategy Strategy { get; init; }
    public string? Words { get; init; }
    public int Batch { get; init; } = 1;
    public string? Proxy { get; init; }
    public string? Probe { get; init; }
    public TimeSpan Health { get; init; }
    public TimeSpan Drain { get; init; }
    public TimeSpan Watch { get; init; }
    public double MaxErrorRate { get; init; }
    public TimeSpan? MaxP95 { get; init; }
    public int MinRequests { get; init; }
    public int Keep { get; init; }
    public string? Reason { get; init; }
    public int Revision { get; init; }
    public int? From { get; init; }
    public int? Back { get; init; }
    public bool FilesFollow { get; init; }
    public bool ImageFollows { get; init; }

    /// <summary>What is run once with it; null for nothing.</summary>
    public MigrateSettings? Migrate { get; init; }

    /// <summary>The order that follows from what was found.</summary>
    /// <param name="survey">What was found.</param>
    /// <param name="migrate">What the environment file runs once with an update; it is not run on the way to an earlier revision.</param>
    public static RolloutOrder Of(RolloutSurvey survey, MigrateSettings? migrate) => new()
    {
        Service = survey.Service, Image = survey.Image!.Name,
            ImageId = survey.Options.ImageFollows ? null : survey.Image.Id, Digest = survey.Options.ImageFollows ? null
                : survey.Image.Digest,
            Pull = survey.Image.Pull, Override = survey.Image.Override,
        Strategy = survey.Strategy, Words = survey.StrategyWords, Batch = survey.Options.BatchSize!.Value, Proxy = survey.Proxy,
            Probe = survey.Options.Probe,
        Health = survey.Options.HealthTimeout!.Value, Drain = survey.Options.DrainTimeout!.Value, Watch = survey.Options.Watch!.Value,
        MaxErrorRate = survey.Options.MaxErrorRate!.Value, MaxP95 = survey.Options.MaxLatencyP95,
            MinRequests = survey.Options.MinRequests!.Value, Keep = survey.Options.Keep!.Value,
        Reason = survey.Options.Reason, Revision = survey.Revision, From = survey.From?.Shown.Revision, Back = survey.Back?.Shown.Revision,
        // Where only values in its files are new, the code is the same: to migrate, or to take that back, would be another change.
        Migrate = survey.Back is null && (!survey.Options.FilesFollow || survey.Options.ImageFollows) ? migrate : null,
        FilesFollow = survey.Options.FilesFollow, ImageFollows = survey.Options.ImageFollows,
    };

    /// <summary>Reads it from a plan, which may be of a file that somebody wrote.</summary>
    /// <exception cref="FormatException">It contradicts itself.</exception>
    public static RolloutOrder Read(ChangePlan plan)
    {
        IReadOnlyDictionary<string, string> given = plan.Arguments;
        var order = new RolloutOrder
        {
            Service = given["service"], Image = given["image"], ImageId = given.GetValueOrDefault("image-id"),
                Digest = given.GetValueOrDefault("digest"),
            Pull = given.GetValueOrDefault("pull"), Override = given.GetValueOrDefault("override"),
                Strategy = Enum.Parse<RolloutStrategy>(given["strategy"]),
            Words = given.GetValueOrDefault("strategy-words"), Batch = Number(given["batch"]), Proxy = given.GetValueOrDefault("proxy"),
                Probe = given.GetValueOrDefault("probe"),
            Health = Span(given["health"]), Drain = Span(given["drain"]), Watch = Span(given["watch"]),
            MaxErrorRate = double.Parse(given["max-error-rate"], CultureInfo.InvariantCulture),
                MaxP95 = given.TryGetValue("max-p95", out string? p95) ? Span(p95) : null,
            MinRequests = Number(given["min-requests"]), Keep = Number(given["keep"]), Reason = given.GetValueOrDefault("reason"),
                Revision = Number(given["revision"]),
            From = given.TryGetValue("from", out string? from) ? Number(from) : null, Back = given.TryGetValue("back", out string? back)
                ? Number(back) : null, Migrate = MigrateOf(given),
            FilesFollow = given.GetValueOrDefault("files") == Follow, ImageFollows = given.GetValueOrDefault("image-of") == Follow,
        };
        if (order.Batch is < 1 or > MostAtOnce) throw new FormatException($"{order.Batch} instances at a time are asked for.");
        if (order.Probe is { } probe && !InstanceProbe.IsOne(probe)) throw new FormatException($"'{probe}' asks no single instance.");
        return order.Strategy == RolloutStrategy.Auto ? throw new FormatException("its strategy is not decided.") : order;
    }

    /// <summary>Writes it into a plan's arguments.</summary>
    public Dictionary<string, string> Write() => new (string Name, string? Value)[]
    {
        ("service", Service), ("image", Image), ("image-id", ImageId), ("digest", Digest), ("pull", Pull), ("override", Override),
            ("strategy", Strategy.ToString()), ("strategy-words", Words),
        ("batch", Text(Batch)), ("proxy", Proxy), ("probe", Probe), ("health", Text(Health)), ("drain", Text(Drain)),
            ("watch", Text(Watch)),
        ("max-error-rate", MaxErrorRate.ToString("R", CultureInfo.InvariantCulture)), ("max-p95", MaxP95 is { } p95 ? Text(p95) : null),
            ("min-requests", Text(MinRequests)), ("keep", Text(Keep)),
        ("reason", Reason), ("revision", Text(Revision)), ("from", From is { } from ? Text(from) : null),
            ("back", Back is { } back ? Text(back) : null), ("files", FilesFollow ? Follow : null),
            ("image-of", ImageFollows ? Follow : null),
            ("migrate", Migrate is null ? null : Text(Migrate.Command)), ("migrate-when", Migrate is null ? null : Migrate.IsBefore
                ? Before : After), ("migrate-undo", Migrate is { Undo.Count: > 0 } ? Text(Migrate.Undo) : null),
    }.Where(a => a.Value is not null).ToDictionary(a => a.Name, a => a.Value!);

    /// <exception cref="FormatException">It is not as <see cref="Write"/> writes it.</exception>
    private static MigrateSettings? MigrateOf(IReadOnlyDictionary<string, string> given)
    {
        if (!given.TryGetValue("migrate", out string? command)) return null;
        return new MigrateSettings(WordsOf(command))
        {
            IsBefore = given["migrate-when"] switch { Before => true, After => false, var other =>
                throw new FormatException($"its migration is to run '{other}'.") },
            Undo = given.TryGetValue("migrate-undo", out string? undo) ? WordsOf(undo) : [],
        };
    }

    private static string[] WordsOf(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(text) is { Length: > 0 } words && !words.Contains(null) ? words
                : throw new FormatException("its migration has no command.");
        }
        catch (JsonException e) { throw new FormatException("its migration's command is no list of words.", e); }
    }

    private static string Text(IReadOnlyList<string> words) => JsonSerializer.Serialize(words);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan span) => span.ToString("c", CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static TimeSpan Span(string text) => TimeSpan.ParseExact(text, "c", CultureInfo.InvariantCulture);
}
