using System.Text.Json;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Orders;

/// <summary>What ends an update, whatever it was thrown as.</summary>
internal static class RolloutFailure
{
    /// <summary>What a platform that is away for a while is known by: then nothing can be taken back either.</summary>
    private static readonly string[] Away = ["EngineUnreachable", "EngineDenied"];

    /// <summary>True where the platform is away.</summary>
    public static bool IsAway(OpsException e) => Away.Contains(e.ErrorId);

    /// <summary>The failure; null for what is none of the update's: an end that was asked for, or a mistake in this module.</summary>
    public static OpsException? Of(Exception e) => e switch
    {
        OpsException known => known,
        IOException or UnauthorizedAccessException => RolloutErrors.RevisionUnreadable.Make(
            $"A file of the service, or of the state folder, cannot be read or written: {e.Message.TrimEnd('.')}.",
            "Make room there, or mend its rights.", null, e),
        JsonException => RolloutErrors.RevisionUnreadable.Make($"What is kept of the service is no JSON: {e.Message.TrimEnd('.')}.",
            "Bring the state folder's rollouts/ back from a backup.", null, e),
        _ => null,
    };
}
