using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Caches.Backing;

/// <summary>Says why a server's stream did not come whole, by what redis-cli and the server tell.</summary>
internal static class CacheFailure
{
    private static readonly string[] Login = ["NOAUTH", "WRONGPASS", "AUTH failed"],
    Refusals = ["NOPERM", "unknown command", "ERR This instance"];

    /// <summary>The error.</summary>
    /// <param name="words">What was backed up, in words.</param>
    /// <param name="target">The same as a target.</param>
    /// <param name="said">What redis-cli said.</param>
    /// <param name="before">The server before.</param>
    /// <param name="now">The server now; null when it does not answer.</param>
    /// <param name="cause">What was found first.</param>
    public static OpsException Of(string words, string target, string said, CacheSurvey before, CacheSurvey? now, OpsException cause)
    {
        string why = said.Length > 0 && !said.Contains("with success", StringComparison.Ordinal)
            ? said.Split('\n')[^1].Trim().TrimEnd('.')
            : cause.Message.TrimEnd('.');
        string begin = $"The backup of {words} was not made: ";
        if (Has(said, Login))
            return new OpsException("CacheLoginRefused", OpsErrorCategory.PermissionDenied, $"{begin}{why}.",
                $"Check caches.{before.Name}.user and .password.", target, cause);
        if (Has(said, "NOMASTERLINK"))
            return CacheErrors.CacheReplicaStale.Make($"{begin}it is a replica that has lost its primary ({why}).", "Back up the primary.",
                target, cause);
        if (Has(said, Refusals))
            return CacheErrors.CacheStreamRefused.Make($"{begin}the server does not give its replication stream ({why}).",
                "Give the user +sync +psync +replconf +ping (ACL SETUSER). Servers that a cloud runs give it to nobody: use the backups of the cloud.", target, cause);
        if (Has(said, "BGSAVE") || now is { SavedWell: false } && before.SavedWell)
            return CacheErrors.CacheSaveFailed.Make($"{begin}the server could not write its data out ({why}).",
                "The server's log says why: too little memory to fork (vm.overcommit_memory), a full disk, a folder that it may not write to.", target, cause);
        if (now?.OutputLimits > before.OutputLimits)
            return CacheErrors.CacheOutputLimit.Make($"{begin}the server ended the connection because its data was not read fast enough.",
                "Raise client-output-buffer-limit replica, or write to a faster store first and copy from there (Copy-OpsBackup).",
                target, cause);
        if (now is null)
            return CacheErrors.CacheBackupFailed.Make($"{begin}the server does not answer any more ({why}).",
                "Start it, and look at its log.", target, cause);
        return CacheErrors.CacheBackupFailed.Make($"{begin}{why}.", "Look at the server's log at that time, then run it again.",
            target, cause);
    }

    private static bool Has(string said, params string[] words) => words.Any(w => said.Contains(w, StringComparison.OrdinalIgnoreCase));
}
