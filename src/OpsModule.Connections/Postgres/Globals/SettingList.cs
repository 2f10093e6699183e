namespace OpsModule.Connections.Postgres.Globals;

/// <summary>Values of settings that are lists.</summary>
public static class SettingList
{
    /// <summary>The items of a list as PostgreSQL reads it: between commas, as they are or in double quotes.</summary>
    public static IReadOnlyList<string> Items(string list)
    {
        var items = new List<string>();
        for (int at = 0; at < list.Length; at++)
        {
            while (at < list.Length && char.IsWhiteSpace(list[at])) at++;
            int start = at;
            if (at < list.Length && list[at] == '"')
            {
                for (at++; at < list.Length && (list[at] != '"' || (at + 1 < list.Length && list[at + 1] == '"')); at++)
                    if (list[at] == '"') at++;
                items.Add(list[(start + 1)..Math.Min(at, list.Length)].Replace("\"\"", "\""));
                while (at < list.Length && list[at] != ',') at++;
            }
            else
            {
                while (at < list.Length && list[at] != ',') at++;
                items.Add(list[start..at].Trim());
            }
        }
        return items.Count == 0 ? [""] : items;
    }
}
