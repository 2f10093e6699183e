namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>What starts the lines of a schedule.</summary>
public enum ScheduleSystem
{
    /// <summary>A timer of systemd, with its service.</summary>
    SystemdTimer,
    /// <summary>A file for /etc/cron.d.</summary>
    Cron,
    /// <summary>A CronJob of Kubernetes, 1.27 or later.</summary>
    KubernetesCronJob,
    /// <summary>A pipeline of Jenkins.</summary>
    Jenkinsfile,
    /// <summary>A template and a runbook of Azure Automation, for a hybrid worker.</summary>
    AzureAutomation,
}
