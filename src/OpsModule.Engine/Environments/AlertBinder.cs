using System.Globalization;
using OpsModule.Connections.Vaults;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>Turns the sections <c>alerts:</c> and <c>metrics:</c> into settings, once they have passed all checks.</summary>
internal sealed class AlertBinder(string directory, Func<string?, string?> fullPath)
{
    public AlertSettings BindAlerts(YamlMap? map) => map is null ? new AlertSettings() : new AlertSettings
    {
        Repeat = Duration(map.Text("repeat")) ?? new AlertSettings().Repeat,
        Receivers = EnvironmentBinder.Named(map["receivers"], BindReceiver),
    };

    public MetricSettings BindMetrics(YamlMap? map) => map is null ? new MetricSettings() : new MetricSettings
    {
        TextfileFolder = fullPath(map.Text("textfile")),
        Pushgateway = BindEndpoint(map["pushgateway"] as YamlMap),
        Http = BindEndpoint(map["http"] as YamlMap),
        Timeout = Duration(map.Text("timeout")) ?? ReceiverSettings.DefaultTimeout,
    };

    private ReceiverSettings BindReceiver(string name, YamlMap map) => new()
    {
        Name = name,
        Kind = map.Has("slack") ? ReceiverKind.Slack : map.Has("webhook") ? ReceiverKind.Webhook : ReceiverKind.Smtp,
        Url = Secret(map.Text("slack") ?? map.Text("webhook")),
        Smtp = map["smtp"] is YamlMap smtp ? BindSmtp(smtp) : null,
        Minimum = Choice<AlertSeverity>(map.Text("minimum")),
        Events = [.. Texts(map["events"]).Select(Choice<AlertKind>)],
        Success = map.Text("success") == "true",
        Timeout = Duration(map.Text("timeout")) ?? ReceiverSettings.DefaultTimeout,
        Bearer = Secret(map.Text("bearer")),
        Headers = Headers(map),
    };

    private SmtpSettings BindSmtp(YamlMap map)
    {
        SmtpTls tls = Choice<SmtpTls>(map.Text("tls"));
        return new SmtpSettings
        {
            Host = map.Text("host")!,
            Port = map.Text("port") is { } port ? int.Parse(port, CultureInfo.InvariantCulture) : tls switch { SmtpTls.Tls => 465, SmtpTls.None => 25, _ => 587 },
            Tls = tls,
            CaFile = fullPath(map.Text("ca")),
            User = map.Text("user"),
            Password = Secret(map.Text("password")),
            From = map.Text("from")!,
            To = Texts(map["to"]),
        };
    }

    private MetricEndpoint? BindEndpoint(YamlMap? map) => map is null ? null : new MetricEndpoint
    {
        Url = Secret(map.Text("url"))!,
        Job = map.Text("job") ?? "ops",
        Grouping = (map["grouping"] as YamlMap)?.Entries.ToDictionary(e => e.Key.Value, e => ((YamlText)e.Value).Value) ?? [],
        Bearer = Secret(map.Text("bearer")),
        Headers = Headers(map),
    };

    private Dictionary<string, SecretReference> Headers(YamlMap map) =>
        (map["headers"] as YamlMap)?.Entries.ToDictionary(e => e.Key.Value, e => Secret(((YamlText)e.Value).Value)!) ?? [];

    private static string[] Texts(YamlItem? list) => [.. (list as YamlList)?.Items.Select(i => ((YamlText)i).Value) ?? []];

    private static T Choice<T>(string? text) where T : struct, Enum => text is null ? default : Enum.Parse<T>(text, ignoreCase: true);

    private static TimeSpan? Duration(string? text) => text is not null && DurationText.TryParse(text, out TimeSpan duration) ? duration : null;

    private SecretReference? Secret(string? text) => text is null ? null : new SecretReference(text, directory);
}
