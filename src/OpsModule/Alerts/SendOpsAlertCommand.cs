using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Records;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;

namespace OpsModule.Alerts;

/// <summary>
/// Tells the receivers of the environment (alerts) something: a message, or what a result says.
/// </summary>
/// <remarks>
/// <para>Results that are well end what was told of the same thing before, and are told to those who want to hear of success; the others hear
/// nothing. A repeat of what was told a short while ago (repeat, 4 hours when nothing is said) is folded: counted, and the count goes with
/// the next one. Without -Receiver everybody is told who wants to hear of it; with it these are, whatever they want to hear.</para>
/// <para>A receiver that does not take it is a result with the outcome Failed, not an error; Assert-OpsResult makes one of it. All receivers are told at
/// once, each in its own time.</para>
/// </remarks>
/// <example>
/// <code>Send-OpsAlert 'Maintenance begins in ten minutes' -Severity Information</code>
/// <para>Tells everybody.</para>
/// </example>
/// <example>
/// <code>Test-OpsHealth | Send-OpsAlert</code>
/// <para>Tells what is not healthy, and what has become healthy again.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup -Latest | Test-OpsBackup -Level Structure | Send-OpsAlert -Receiver mail -WhatIf</code>
/// <para>Shows who would be told of damaged backups.</para>
/// </example>
/// <example>
/// <code>Send-OpsAlert 'The import is through' -Title 'Import of rates' -Source import -Resolved</code>
/// <para>Ends the alert of the same title and source.</para>
/// </example>
[Cmdlet(VerbsCommunications.Send, "OpsAlert", SupportsShouldProcess = true)]
[OutputType(typeof(AlertDelivery))]
public sealed class SendOpsAlertCommand : OpsEnvironmentCmdlet
{
    private const int LongestTitle = 120;

    /// <summary>What is to be told.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Message { get; set; }

    /// <summary>In a few words. The first line of the message, or what the result says, when left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Title { get; set; }

    /// <summary>How bad it is; what the result says when left out, and Warning for a message.</summary>
    [Parameter]
    public AlertSeverity Severity { get; set; } = AlertSeverity.Warning;

    /// <summary>Who says so. With the title it tells which messages are the same.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Source { get; set; } = "Send-OpsAlert";

    /// <summary>Only these receivers, by their names in the environment file, in any case and with wildcards, whatever they want to hear.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ReceiverCompleter))]
    public string[]? Receiver { get; set; }

    /// <summary>Says that it is well again.</summary>
    [Parameter]
    public SwitchParameter Resolved { get; set; }

    /// <summary>A result of Test-OpsHealth, Watch-OpsHealth, Test-OpsBackup, Invoke-OpsRecoveryDrill or any other cmdlet that judges; or a text.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        var service = new AlertService(Context);
        Alert alert = ReadAlert();
        // One that is misspelt must not keep the others from hearing of it.
        IReadOnlyList<string>? receivers = Receiver is null ? null : service.Choose(Receiver, Fail);
        if (receivers is { Count: 0 }) return;
        AlertRoute[] wanted = [.. (await service.RouteAsync(alert, receivers, cancellationToken).ConfigureAwait(false)).Where(r => r.Wanted)];
        var agreed = new List<string>();
        foreach (AlertRoute route in wanted)
            if (await ShouldProcessAsync($"receiver {route.Receiver.Name} ({route.Reason})", $"Tell '{alert}'").ConfigureAwait(false)) agreed.Add(route.Receiver.Name);
        if (wanted.Length > 0 && agreed.Count == 0) return;
        IReadOnlyList<AlertDelivery> deliveries = await service.SendAsync(alert, agreed.Count < wanted.Length ? agreed : receivers, cancellationToken).ConfigureAwait(false);
        if (deliveries.Count == 0) Verbose($"Nobody waits to hear that {alert.Title}.");
        foreach (AlertDelivery delivery in deliveries) Emit(delivery);
    });

    private Alert ReadAlert()
    {
        RecordRead? read = PipedObject.Read(InputObject);
        // Of whose backup it was is the alert's key: without it no later good drill would end the alert.
        if (read is { Record: DrillResult } && read.Lacking.Contains(nameof(DrillResult.Backup)))
            throw new OpsException("NoAlertSource", OpsErrorCategory.InvalidData, "The result of the drill does not say of which database it is: its backup was not kept.",
                "Keep results with Export-Clixml, which keeps all of them, and not with Export-Csv.", read.Record);
        object? given = read?.Record ?? Unwrap(InputObject);
        string? text = Message ?? given as string;
        if (given is null or string)
        {
            if (string.IsNullOrWhiteSpace(text))
                throw new OpsException("MessageMissing", OpsErrorCategory.InvalidArgument, "There is nothing to tell.", "Give a -Message, or pipe a result.");
            string title = Title ?? FirstLine(text);
            return new Alert
            {
                Source = Source, Target = title, Title = title, Message = text, Severity = Severity, State = Resolved ? AlertState.Well : AlertState.Firing,
            };
        }
        Alert alert = AlertMapping.Of(given) ?? throw new OpsException("NoAlertSource", OpsErrorCategory.InvalidArgument, $"A {PipedObject.TypeName(InputObject!)} says nothing of how well something is.",
            "Pipe the result of a test, or give a -Message. Of a selection keep what names and judges it, such as Check, Target and Status.", given);
        // Words are made of figures, and of those that were not kept they would be wrong.
        if (read is { Lacking.Count: > 0 }) alert = alert with { Message = PipedObject.Text(InputObject, "Message") ?? alert.Title, Fields = new Dictionary<string, string>() };
        return alert with
        {
            Title = Title ?? alert.Title,
            Message = Message ?? alert.Message,
            Source = IsBound(nameof(Source)) ? Source : alert.Source,
            Severity = IsBound(nameof(Severity)) && alert.State == AlertState.Firing ? Severity : alert.Severity,
            State = Resolved ? AlertState.Well : alert.State,
        };
    }

    private static string FirstLine(string text)
    {
        string line = text.Trim().Split('\n')[0].TrimEnd('\r');
        return line.Length <= LongestTitle ? line : line[..LongestTitle].TrimEnd() + "...";
    }
}
