using System.Text;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>Writes entries of the schedule in the words of a scheduler.</summary>
public sealed class ScheduleExporter(OpsContext context)
{
    /// <summary>The files for these entries; nothing is written.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="request">For which system.</param>
    /// <param name="fail">Told of each entry that the system cannot say; the others go on.</param>
    /// <exception cref="OpsException"><c>ScheduleIncomplete</c>, <c>ScheduleNotExpressible</c> where all entries share a file.</exception>
    public IReadOnlyList<ScheduleFileRecord> Make(IReadOnlyList<ScheduleEntry> entries, ScheduleExportRequest request,
        Action<OpsException> fail)
    {
        if (context.Environment.File is not { } file)
            throw ScheduleErrors.ScheduleIncomplete.Make($"The environment {context.Environment.Name} was made in memory, and what is "
                + $"scheduled reads a file.", "Write it to a file first.", context.Environment.Name);
        if (request.System is ScheduleSystem.KubernetesCronJob && request.EnvironmentFile is null) request =
            request with { EnvironmentFile = KubernetesCronJob.EnvironmentFile };
        CheckWritable(request, file);
        YamlItem? root = YamlTree.Read(File.ReadAllText(file));
        IReadOnlyList<string> variables = ExportedVariables.Of(root);
        ExportedSchedule[] schedules =
            [.. entries.Select(e => new ExportedSchedule(e, context.Environment, request, variables, (root as YamlMap)?.Text("state")))];
        if (schedules.Length == 0) return [];
        DateTimeOffset now = context.Time.GetUtcNow();
        // A file of all of them without one of them would silently end that one.
        if (request.System is ScheduleSystem.Cron) return CronFile.Write(schedules, now);
        var files = new List<ScheduleFileRecord>();
        foreach (ExportedSchedule schedule in schedules)
        {
            try { files.AddRange(Make(schedule, now)); }
            catch (OpsException e) when (ScheduleErrors.ScheduleNotExpressible.Is(e)) { fail(e); }
        }
        if (files.GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw ScheduleErrors.ScheduleNotExpressible.Make($"The entries {string.Join(" and ", same.SelectMany(f => f.Schedules))} "
                + $"would have the same name there, {same.Key}.", "Rename one of them.", same.Key);
        return files;
    }

    /// <summary>Writes a file into a folder; what was exported before is replaced.</summary>
    /// <param name="file">The file.</param>
    /// <param name="folder">The folder, which must exist.</param>
    /// <param name="force">Replaces whatever is there.</param>
    /// <exception cref="OpsException"><c>ScheduleFileExists</c>, <c>ScheduleNotWritten</c>.</exception>
    public static ScheduleFileRecord Write(ScheduleFileRecord file, string folder, bool force)
    {
        string path = Path.Combine(folder, file.Name);
        try
        {
            if (!Directory.Exists(folder))
                throw ScheduleErrors.ScheduleNotWritten.Make($"There is no folder {folder}.", "Make it, or name another one.", path);
            if (!force && File.Exists(path) && !IsOurs(path))
                throw ScheduleErrors.ScheduleFileExists.Make($"The file {path} is there, and Export-OpsSchedule has not written it.",
                    "Name another folder, or say -Force to replace it.", path);
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(file.Text), AtomicFile.Shared);
            return file with { Path = path };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ScheduleErrors.ScheduleNotWritten.Make($"The file {path} cannot be written: {e.Message.TrimEnd('.')}.",
                Disk.IsFull(e) ? "Free space there, or write to another disk."
                    : "Give this user the right to write there, or name another folder.", path, e);
        }
    }

    private static IReadOnlyList<ScheduleFileRecord> Make(ExportedSchedule schedule, DateTimeOffset now) => schedule.Request.System switch
    {
        ScheduleSystem.SystemdTimer => SystemdTimer.Write(schedule),
        ScheduleSystem.KubernetesCronJob => [KubernetesCronJob.Write(schedule, now)],
        ScheduleSystem.Jenkinsfile => [JenkinsPipeline.Write(schedule)],
        _ => AzureSchedule.Write(schedule),
    };

    private static bool IsOurs(string path)
    {
        using var reader = new StreamReader(path);
        char[] start = new char[4096];
        int length = reader.ReadBlock(start);
        return new string(start, 0, length).Contains(ExportedSchedule.Mark, StringComparison.Ordinal);
    }

    /// <summary>What would end a line of those files, or a word that is not quoted there.</summary>
    private static void CheckWritable(ScheduleExportRequest request, string file)
    {
        foreach ((string what, string? text) in new (string, string?)[] { ("-Program", request.Program), ("-Module", request.Module),
            ("-EnvironmentFile", request.EnvironmentFile ?? file),
            ("-SecretsFile", request.SecretsFile), ("-User", request.User), ("-Image", request.Image), ("-Agent", request.Agent),
                ("-WorkerGroup", request.WorkerGroup) })
        {
            if (text is not null && (text.Length == 0 || text.Any(char.IsControl)))
                throw ScheduleErrors.ScheduleIncomplete.Make($"{what} is empty, or holds a control character or a line end.",
                    "Write it in one line.", what);
        }
        if (request.User.Any(c => !(char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '$' or '@' or '\\')))
            throw ScheduleErrors.ScheduleIncomplete.Make($"'{request.User}' is no name of an account.", "Name one with -User.",
                request.User);
        if (request.System is ScheduleSystem.SystemdTimer or ScheduleSystem.Cron
            && (!request.Program.StartsWith('/') || request.Program.Contains(' ')))
            throw ScheduleErrors.ScheduleIncomplete.Make($"'{request.Program}' is no full path of a program without blanks.",
                "Name PowerShell itself with -Program, such as /usr/bin/pwsh.", request.Program);
    }
}
