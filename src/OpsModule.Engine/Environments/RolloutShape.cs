using System.Globalization;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>The keys <c>rollout</c> and <c>migrate</c> of a service.</summary>
internal static class RolloutShape
{
    private static readonly ScalarShape Duration = new(ScalarKind.Duration, DurationText.Expected);
    private static readonly ScalarShape Level = new(ScalarKind.Level, "a share such as 1%, or a time such as 500ms");
    private static readonly ScalarShape Text = new(ScalarKind.Text, "a text");
    private static readonly ScalarShape Probe = new(ScalarKind.Probe, "a URL with {instance} in the place of its host, such as "
        + "http://{instance}:4000/health");
    private static readonly ScalarShape Count = new(ScalarKind.Integer, "a whole number of 1 or more") { Minimum = 1 };
    private static readonly string[] Strategies = ["Auto", "StartFirst", "StopFirst", "BlueGreen"];

    public static Setting Rollout { get; } = new("rollout", new SectionShape(
        new Setting("strategy", new ScalarShape(ScalarKind.Text, "one of Auto, StartFirst, StopFirst, BlueGreen") { Choices = Strategies },
            "In what order instances are replaced.") { Default = "Auto" },
        new Setting("proxy", Text, "The proxy before it, by its name under proxies; none for no proxy.") { Default =
            "the one that knows the service" },
        new Setting("probe", Probe, "URL that a new instance must answer with a status from 200 to 299, with {instance} in the place of "
            + "its address.") { Default = "its health check alone" },
        new Setting("health", Duration, "How long a new instance may take to be ready.") { Default = "2m" },
        new Setting("drain", Duration, "How long connections of an old instance may last.") { Default = "30s" },
        new Setting("watch", Duration, "How long new instances are watched before the update is done.") { Default = "0s" },
        new Setting("maxErrorRate", Level, "The share of requests that may fail while they are watched.") { Default = "1%" },
        new Setting("maxLatencyP95", Level, "How slow the slowest of twenty requests may be while they are watched.") { Default = "any" },
        new Setting("minRequests", Count, "With fewer requests the watch proves nothing, and says so.") { Default = "50" },
        new Setting("batchSize", Count, "How many instances are replaced at a time.") { Default = "1" },
        new Setting("keep", Count, "How many earlier revisions are kept to go back to.") { Default = "3" }),
        "How Update-OpsService brings out another version.");

    public static Setting Migrate { get; } = new("migrate", new SectionShape(
        new Setting("command", new ListShape(Text), "A program and its arguments, run once in an instance of its own, of the new image.",
            Required: true),
        new Setting("when", new ScalarShape(ScalarKind.Text, "before or after") { Choices = ["before", "after"] },
            "Before the first new instance is started, or after the last old one has gone.") { Default = "before" },
        new Setting("undo", new ListShape(Text), "A program and its arguments that take it back; none where nothing does.") { Default =
            "none" }),
        "What is run once with an update, such as a migration of the database.");

    public static RolloutSettings? BindRollout(YamlItem? item) => item is not YamlMap map ? null : new RolloutSettings
    {
        Strategy = map.Text("strategy") is { } strategy ? Enum.Parse<RolloutStrategy>(strategy) : null,
        Proxy = map.Text("proxy"),
        Probe = map.Text("probe"),
        Health = Span(map.Text("health")),
        Drain = Span(map.Text("drain")),
        Watch = Span(map.Text("watch")),
        MaxErrorRate = map.Text("maxErrorRate") is { } rate ? Share(rate) : null,
        MaxLatencyP95 = Span(map.Text("maxLatencyP95")),
        MinRequests = Number(map.Text("minRequests")),
        BatchSize = Number(map.Text("batchSize")),
        Keep = Number(map.Text("keep")),
    };

    public static MigrateSettings? BindMigrate(YamlItem? item) => item is not YamlMap map ? null
        : new MigrateSettings(Words(map["command"]))
    {
        IsBefore = map.Text("when") != "after",
        Undo = Words(map["undo"]),
    };

    /// <summary>A share of 1, of <c>1%</c> or <c>0.01</c>.</summary>
    public static double Share(string text) => text.EndsWith('%')
        ? double.Parse(text[..^1].Trim(), CultureInfo.InvariantCulture) / 100 : double.Parse(text, CultureInfo.InvariantCulture);

    private static string[] Words(YamlItem? list) => list is YamlList several ? [.. several.Items.OfType<YamlText>().Select(i => i.Value)]
        : [];

    private static TimeSpan? Span(string? text) => text is not null && DurationText.TryParseFine(text, out TimeSpan span) ? span : null;

    private static int? Number(string? text) => text is null ? null : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
