using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>No token or key goes to another machine without TLS: neither to an endpoint that is asked nor to a receiver.</summary>
internal sealed class ClearTextRules(FindingList findings)
{
    private static readonly string[] Secrets = ["bearer", "apiKey", "headers"];

    /// <summary>Checks every section that has a URL with secrets beside it.</summary>
    public void Check(YamlMap root)
    {
        foreach (YamlEntry service in Entries(root["services"]))
            if ((service.Value as YamlMap)?["health"] is YamlMap health) CheckUrl(health, "url", $"services.{service.Key.Value}.health");
        if (root["prometheus"] is YamlMap prometheus) CheckUrl(prometheus, "url", "prometheus");
        foreach (YamlEntry check in Entries(root["checks"]))
            foreach (string key in new[] { "http", "server", "alertmanager" })
                if (check.Value is YamlMap map) CheckUrl(map, key, "checks." + check.Key.Value);
        foreach (YamlEntry receiver in Entries((root["alerts"] as YamlMap)?["receivers"]))
            foreach (string key in new[] { "slack", "webhook" })
                if (receiver.Value is YamlMap map) CheckUrl(map, key, "alerts.receivers." + receiver.Key.Value, signsIn: true);
        foreach (string key in new[] { "pushgateway", "http" })
            if ((root["metrics"] as YamlMap)?[key] is YamlMap metrics) CheckUrl(metrics, "url", "metrics." + key, signsIn: true);
    }

    /// <summary>A URL behind a reference is looked at when it is used, which refuses the same.</summary>
    private void CheckUrl(YamlMap map, string key, string path, bool signsIn = false)
    {
        if (map[key] is not YamlText url || !HttpTargets.TryParse(url.Value, out Uri? target) || !HttpTargets.IsInClear(target)) return;
        string? secret = Secrets.FirstOrDefault(s => map[s] is not null) ?? (signsIn && target.UserInfo.Length > 0 ? "login" : null);
        if (secret is not null)
            findings.Error("CredentialsInClear", url, $"{path}.{key}", $"{path} would send its {secret} to {target.Host} without TLS.", "a URL that begins with https://");
    }

    private static IReadOnlyList<YamlEntry> Entries(YamlItem? section) => (section as YamlMap)?.Entries ?? [];
}
