using System.Collections;

namespace OpsModule.Configuration;

/// <summary>Labels as they are written in PowerShell.</summary>
internal static class LabelArgument
{
    /// <summary>The labels; none where nothing was written.</summary>
    public static IReadOnlyDictionary<string, string> Of(Hashtable? written) => written is null ? new Dictionary<string, string>()
        : written.Cast<DictionaryEntry>().ToDictionary(e => e.Key.ToString()!, e => e.Value?.ToString() ?? "");
}
