using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;

namespace OpsModule.Engine.Areas.Rollouts.Surveying;

/// <summary>How many instances an update brings out, and what is said of that.</summary>
internal static class InstanceCount
{
    /// <summary>As many as there are, those with them that have ended: one that happens to be down belongs to them. Where there is none,
    /// as many as the files want.</summary>
    public static int Wanted(IReadOnlyList<InstanceFacts> instances, int replicas) =>
        instances.Count(HasRun) is var there and > 0 ? there : instances.Count > 0 ? instances.Count : replicas;

    /// <summary>What follows from how many run.</summary>
    public static IEnumerable<RolloutFinding> Of(RolloutSurvey survey)
    {
        int running = survey.Instances.Count(i => i.Runs), wanted = survey.Wanted;
        string[] ended = [.. survey.Instances.Where(i => !i.Runs && HasRun(i)).Select(i => $"{i} ({i.Instance.State})")];
        if (wanted == 0)
            yield return new RolloutFinding(survey.Service, "NoInstances", RolloutEffect.Refused,
                "The files want no instance of it, and none is there: nothing would be brought out.",
                "Write replicas, or scale, into the compose file.");
        else if (running > 0 && ended.Length > 0)
            yield return new RolloutFinding(survey.Service, "FewerRun", RolloutEffect.Told,
                $"{Text(running)} of {Text(wanted)} instances run; {Text(wanted)} are brought out in their place. What does not run: "
                + $"{string.Join(", ", ended)}.", "Remove first what is not wanted any more (docker rm).");
        else if (running > 0 && running < survey.Model.Replicas)
            yield return new RolloutFinding(survey.Service, "FewerRun", RolloutEffect.Told,
                $"{Text(running)} instances run, the files want {Text(survey.Model.Replicas)}, and {Text(wanted)} are brought out.",
                "Start the others first, where they are wanted.");
        else if (running == 0 && survey.Instances.Count > 0)
            yield return new RolloutFinding(survey.Service, "WillBeStarted", RolloutEffect.Told,
                $"It does not run now, and the update starts it, as {Text(wanted)} instances.",
                "Where it was stopped on purpose, wait with the update.");
    }

    private static bool HasRun(InstanceFacts instance) => instance.Runs || instance.Instance.State != InstanceState.Pending;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
