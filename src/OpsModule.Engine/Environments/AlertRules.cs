using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>Rules of the sections <c>alerts:</c> and <c>metrics:</c>.</summary>
internal sealed class AlertRules(FindingList findings)
{
    private static readonly string[] Kinds = ["slack", "webhook", "smtp"];
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>Checks both sections.</summary>
    public void Check(YamlMap root)
    {
        foreach (YamlEntry entry in ((root["alerts"] as YamlMap)?["receivers"] as YamlMap)?.Entries ?? [])
            CheckReceiver(entry.Key, entry.Value as YamlMap ?? new YamlMap([], entry.Key.Line, entry.Key.Column));
        if (root["metrics"] is not YamlMap metrics) return;
        CheckTimeout(metrics, "metrics");
        foreach (string key in new[] { "pushgateway", "http" })
            if ((metrics[key] as YamlMap)?["url"] is YamlText url) CheckUrl(url, $"metrics.{key}.url");
        foreach (YamlEntry label in ((metrics["pushgateway"] as YamlMap)?["grouping"] as YamlMap)?.Entries ?? [])
            if (!SettingPatterns.Label().IsMatch(label.Key.Value) || label.Key.Value is "job" or "environment" or "task")
                findings.Error("BadName", label.Key, "metrics.pushgateway.grouping." + label.Key.Value, $"'{label.Key.Value}' cannot be a label here.",
                    "letters, digits or '_', beginning with a letter, and neither job, environment nor task");
    }

    private void CheckReceiver(YamlText key, YamlMap receiver)
    {
        string path = "alerts.receivers." + key.Value;
        string[] given = [.. Kinds.Where(receiver.Has)];
        if (given.Length != 1)
        {
            findings.Error(given.Length == 0 ? "MissingKey" : "KeyConflict", key, path,
                given.Length == 0 ? $"{path} does not say where alerts go." : $"{path} says where alerts go more than once ({string.Join(", ", given)}).", "exactly one of slack, webhook, smtp");
            return;
        }
        CheckTimeout(receiver, path);
        if (receiver[given[0]] is YamlText url && given[0] != "smtp") CheckUrl(url, $"{path}.{given[0]}");
        if (receiver["smtp"] is not YamlMap smtp) return;
        foreach (YamlEntry entry in receiver.Entries.Where(e => e.Key.Value is "bearer" or "headers"))
            findings.Error("KeyConflict", entry.Key, $"{path}.{entry.Key.Value}", $"{path} is mail, which has no '{entry.Key.Value}'.", "it with slack or webhook");
        CheckSmtp(smtp, path + ".smtp");
    }

    private void CheckSmtp(YamlMap smtp, string path)
    {
        if (smtp["to"] is YamlList { Items.Count: 0 } or YamlText { IsNull: true }) findings.Error("EmptyValue", smtp["to"], path + ".to", $"{path}.to names nobody.", "at least one mail address");
        if (smtp.Has("user") != smtp.Has("password"))
            findings.Error("MissingKey", smtp, path, $"{path} has only one of user and password.", "both, or neither where no login is needed");
        if (smtp.Text("tls") == "none" && smtp.Has("password") && smtp.Text("host") is { } host && !HttpTargets.IsLoopback(host))
            findings.Error("CredentialsInClear", smtp["tls"], path + ".tls", $"{path} would send a password to {host} without TLS.", "starttls or tls, or no user and password");
    }

    private void CheckTimeout(YamlMap map, string path)
    {
        if (map["timeout"] is YamlText text && DurationText.TryParse(text.Value, out TimeSpan timeout) && (timeout < Shortest || timeout > Longest))
            findings.Error("BadValue", text, path + ".timeout", $"'{text.Value}' is no useful {path}.timeout.", "1s to 5m");
    }

    /// <summary>A URL behind a reference is looked at when it is needed; one that is written here is looked at now, and never shown.</summary>
    private void CheckUrl(YamlText url, string path)
    {
        if (!url.IsNull && url.Value.Contains("://", StringComparison.Ordinal) && !HttpTargets.TryParse(url.Value, out _))
            findings.Error("BadValue", url, path, $"{path} is no URL of the web.", "a reference to a URL that begins with http:// or https://");
    }
}
