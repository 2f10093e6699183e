using System.Globalization;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Secrets.Settings;

/// <summary>What no single key's shape can say of an entry.</summary>
/// <param name="findings">Takes what is wrong.</param>
/// <param name="path">The entry's path in the file.</param>
internal sealed class SecretsChecks(FindingList findings, string path)
{
    /// <summary>What is expected of <c>in:</c>.</summary>
    internal const string InExpected = "a text with {value}, or {login} alone";

    private static readonly string[] Kinds = ["postgres", "redis", "value", "sentry", "random", "jwt", "apiKey"];

    /// <summary>Looks at the entry alone.</summary>
    public void Check(YamlText key, YamlMap entry)
    {
        string[] given = [.. Kinds.Where(entry.Has)];
        // Sentry's API makes the keys of a value, and says nothing of how it is proven.
        bool isOne = given.Length == 1 || given is ["value", "sentry"];
        if (!isOne)
            findings.Error(given.Length == 0 ? "MissingKey" : "KeyConflict", key, path,
                $"{path} {(given.Length == 0 ? "does not say what it is" : $"is {string.Join(" and ", given)} at once")}.",
                "exactly one of " + string.Join(", ", Kinds));
        var keys = new KeysChecks(findings, path);
        keys.Check(key, entry);
        if ((entry["uses"] as YamlList)?.Items is not { Count: > 0 } uses)
        {
            // Keys of others' programs stand nowhere here: they are made and revoked, and not rotated.
            if (entry["apiKey"] is YamlMap api && api.Text("list") != "true") return;
            findings.Error("MissingKey", key, path + ".uses", $"{path} does not say where its value stands.",
                "at least one use, such as { file: .env, key: NAME }");
        }
        else
            for (int i = 0; i < uses.Count; i++)
                if (uses[i] is YamlMap map) CheckUse(map, $"{path}.uses[{i}]");
        if (entry["uses"] is YamlList { Items: { Count: > 0 } all } && all.All(u => (u as YamlMap)?.Text("in") == UseTemplate.LoginAlone))
            findings.Error("MissingKey", key, path + ".uses", $"{path} says where its login stands, and not where its value does.",
                "one more use, such as { file: .env, key: DB_PASSWORD }");
        if (entry["uses"] is YamlList logins && !(entry.Has("postgres") || (entry["redis"] as YamlMap)?.Has("user") is true))
            foreach (YamlText alone in logins.Items.OfType<YamlMap>().Select(u => u["in"]).OfType<YamlText>()
                .Where(t => t.Value == UseTemplate.LoginAlone))
                findings.Error("KeyConflict", alone, path + ".uses", $"{path} has no login that could stand there.", "leave it out");
        if (entry["random"] is YamlMap random) CheckRandom(random);
        if (entry["postgres"] is YamlMap postgres) CheckLogins(postgres);
        if (entry["pgbouncer"] is YamlMap bouncer && bouncer.Has("service") == bouncer.Has("host"))
            findings.Error(bouncer.Has("host") ? "KeyConflict" : "MissingKey", bouncer, path + ".pgbouncer",
                $"{path}.pgbouncer has to be told to read its file, and it "
                    + $"{(bouncer.Has("host") ? "is said twice where" : "is not said where")}.",
                "service, or host with port, user and password");
        if (entry.Has("pgbouncer") && !entry.Has("postgres"))
            findings.Error("KeyConflict", entry["pgbouncer"], path + ".pgbouncer",
                $"{path} is no login of PostgreSQL, and PgBouncer has only those.", "leave it out");
        CheckProof(entry["value"] as YamlMap);
    }

    /// <summary>Looks at the names of other sections that it says.</summary>
    public void CheckNames(YamlMap entry, YamlMap root)
    {
        Named(entry["postgres"] as YamlMap, "postgres", "database", root["databases"] as YamlMap, "databases");
        Named(entry["redis"] as YamlMap, "redis", "cache", root["caches"] as YamlMap, "caches");
        Named((entry["apiKey"] as YamlMap)?["table"] as YamlMap, "apiKey.table", "database", root["databases"] as YamlMap, "databases");
        Named(entry["value"] as YamlMap, "value", "store", (root["backups"] as YamlMap)?["stores"] as YamlMap, "backups.stores");
    }

    private void Named(YamlMap? section, string kind, string key, YamlMap? there, string where)
    {
        if (section?[key] is not YamlText { IsNull: false, Value.Length: > 0 } name) return;
        string[] known = [.. (there?.Entries ?? []).Select(e => e.Key.Value)];
        if (known.Contains(name.Value, StringComparer.OrdinalIgnoreCase)) return;
        findings.Error("UnknownName", name, $"{path}.{kind}.{key}", $"{where} has no '{name.Value}'.",
            known.Length == 0 ? $"a section {where} with it" : "one of " + string.Join(", ", known), NearestName.Of(name.Value, known));
    }

    private void CheckUse(YamlMap use, string at)
    {
        bool isInCluster = use.Has("secret"), isHere = use.Has("file") || use.Has("service");
        if (isHere == isInCluster)
            findings.Error(isHere ? "KeyConflict" : "MissingKey", use, at,
                $"{at} {(isHere ? "is on this machine and a Secret of Kubernetes at once" : "does not say where it is")}.",
                    "file, service (of the compose file), or secret");
        if (use["in"] is YamlText { IsNull: false, Value.Length: > 0 } text && text.Value != UseTemplate.LoginAlone
            && !text.Value.Contains(UseTemplate.ValuePart, StringComparison.Ordinal))
            findings.Error("BadValue", text, at + ".in", $"{at}.in has no place for the value.", InExpected);
        if (use.Has("secret") && !use.Has("key"))
            findings.Error("MissingKey", use, at + ".key", $"{at} does not say which key of the Secret.", "its key");
        if (use.Has("service") && !use.Has("key"))
            findings.Error("MissingKey", use, at + ".key", $"{at} does not say which variable of the service.", "its name");
    }

    private void CheckRandom(YamlMap random)
    {
        string alphabet = SecretsBinder.AlphabetOf(random.Text("alphabet") ?? SecretAlphabets.LettersAndDigits);
        int length = int.TryParse(random.Text("length"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 32;
        int different = alphabet.Distinct().Count();
        YamlItem where = random["alphabet"] ?? random;
        if (different < 2 || alphabet.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c)))
            findings.Error("BadValue", where, path + ".random.alphabet", different < 2 ? "The alphabet has fewer than two characters."
                : "The alphabet holds a blank, or what is no character.", "letters-and-digits, hex, base64url, or printable characters");
        else if (SecretGenerator.BitsOf(length, alphabet) is var bits && bits < SecretGenerator.EnoughBits)
            findings.Warning("WeakSecret", where, path + ".random",
                string.Create(CultureInfo.InvariantCulture, $"A value of {length} characters out of {different} has {bits:0} bits, and "
                    + $"can be guessed by whoever tries long enough."),
                $"at least {SecretGenerator.EnoughBits} bits: {(int)Math.Ceiling(SecretGenerator.EnoughBits / Math.Log2(different))} "
                    + $"characters of these");
    }

    private void CheckLogins(YamlMap postgres)
    {
        if (postgres["logins"] is not YamlList logins) return;
        string[] names = [.. logins.Items.OfType<YamlText>().Select(t => t.Value)];
        if (names.Length is 0 or > 2 || names.Distinct(StringComparer.Ordinal).Count() != names.Length)
            findings.Error("BadValue", logins, path + ".postgres.logins", $"{path} has {names.Length} logins, or one twice.",
                "one login, or two different ones that take turns");
        else if (names.Length == 2 && !postgres.Has("owner"))
            findings.Error("MissingKey", postgres, path + ".postgres.owner",
                $"{path} has two logins and no owner: what one makes the other could not change.",
                    "owner: the role that owns what both make");
    }

    private void CheckProof(YamlMap? value)
    {
        if (value?.Text("proof") is not { } proof) return;
        (string? needed, string why) = proof switch
        {
            "http" when !value.Has("url") => ("url", "the address that is asked"),
            "http" when !value.Has("header") => ("header", "the header that carries it"),
            "grafana" when !value.Has("url") => ("url", "Grafana's address"),
            "s3" when !value.Has("store") => ("store", "the store that is listed"),
            _ => (null, ""),
        };
        if (needed is not null)
            findings.Error("MissingKey", value, $"{path}.value.{needed}", $"{path} is proven by {proof}, and {needed} is not said.", why);
    }
}
