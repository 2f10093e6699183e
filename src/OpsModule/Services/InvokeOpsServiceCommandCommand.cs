using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using OpsModule.Completion;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Services;

/// <summary>
/// <para>Runs a program in a service and emits its output line by line.</para>
/// </summary>
/// <remarks>
/// <para>The program runs without a shell in an instance that is ready, beside what the service itself runs: migrations, a doctor, a
/// console command. An exit code other than 0 is an error that names it; its target is the result with the exit code. The journal keeps the
/// program, the names of its options and the number of its arguments, never what they say. Other users of the machine can see the arguments of a
/// program that runs: give secrets as variables of the service, or by -InputText or -InputFile.</para>
/// <para>Text that is piped in is what the program reads, as with -InputText; it runs once, when all of it has come. It never names a service.</para>
/// <para>Ctrl+C lets go of the program; a Docker engine has no way of stopping it. On a host the program runs on the machine itself, as who
/// runs the command unless -User says otherwise (runuser, for root only), and Ctrl+C ends it.</para>
/// </remarks>
/// <example>
/// <code>Invoke-OpsServiceCommand api -Command node, bin/migrate.js</code>
/// <para>Runs the migrations in a container of api.</para>
/// </example>
/// <example>
/// <code>Invoke-OpsServiceCommand postgres -CommandLine "psql -U app -c 'select 1'"</code>
/// <para>The same as a line, which is split by blanks, quotes and backslashes; nothing in it is expanded.</para>
/// </example>
/// <example>
/// <code>Invoke-OpsServiceCommand api -Command sh, '-c', 'ls -l /data' -Raw</code>
/// <para>Runs a shell command and emits its output as text.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "OpsServiceCommand", SupportsShouldProcess = true, DefaultParameterSetName = "Command")]
[OutputType(typeof(CommandOutput), typeof(string))]
public sealed class InvokeOpsServiceCommandCommand : OpsServiceCmdlet
{
    /// <summary>The program and its arguments, each by itself.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "Command")]
    [ValidateNotNullOrEmpty]
    public string[] Command { get; set; } = null!;

    /// <summary>
    /// The program and its arguments as one line, split as a POSIX shell splits words: by blanks, quotes and backslashes. No shell runs: variables, patterns and
    /// pipes in it mean nothing.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = "CommandLine")]
    [ValidateNotNullOrEmpty]
    public string? CommandLine { get; set; }

    /// <summary>The instance to run in, by name or id; otherwise the first that is ready.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Instance { get; set; }

    /// <summary>Who runs it; otherwise the service's own user.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>The folder to run in; otherwise the service's own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkingDirectory { get; set; }

    /// <summary>What the program reads as its standard input. Text that is piped in is its input, too.</summary>
    [Parameter]
    public string? InputText { get; set; }

    /// <summary>A file that the program reads as its standard input.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? InputFile { get; set; }

    /// <summary>Emits the lines as text, without saying where they come from.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    private StringBuilder? _piped;

    /// <inheritdoc/>
    protected override bool TakesText => true;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (IsText) TakeLine($"{InputObject}");
        else await RunAllAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The program runs once, with all that was piped in.</summary>
    protected override Task EndAsync(CancellationToken cancellationToken) => _piped is null ? Task.CompletedTask : RunAllAsync(cancellationToken);

    /// <remarks>The text may hold a password: it is not said again.</remarks>
    private void TakeLine(string line)
    {
        if (InputText is not null || InputFile is not null)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, $"Text was piped in, and {(InputText is null ? "-InputFile" : "-InputText")} says what the program reads; both were given.", "Leave one of them out.");
        if (ServiceNames is null)
            throw new OpsException("PipedTextNoService", OpsErrorCategory.ObjectNotFound, "Text was piped in, which the program is to read, and no service was named.", "Name the service with -Name.");
        (_piped ??= new StringBuilder()).Append(line).Append('\n');
    }

    private async Task RunAllAsync(CancellationToken cancellationToken)
    {
        if (InputText is not null && InputFile is not null)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, "-InputText and -InputFile both say what the program reads; both were given.", "Leave one of them out.");
        IReadOnlyList<string> command = CommandLine is null ? Command : Engine.Areas.Services.CommandLine.Split(CommandLine);
        foreach (ServiceRecord service in await FindNamedServicesAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(() => RunAsync(service, command, cancellationToken)).ConfigureAwait(false);
    }

    private async Task RunAsync(ServiceRecord service, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        ServiceInstance instance = ServiceCommand.Choose(service, Instance);
        using Stream? input = OpenInput();
        if (!await ShouldProcessAsync($"{instance.Name} of {service.Environment}", $"Run {CommandText.Of(command)}").ConfigureAwait(false)) return;
        var request = new ExecuteRequest(command, User, WorkingDirectory, null, input);
        try
        {
            CommandResult result = await new ServiceCommand(Context, Platform).RunAsync(instance, request, Give, cancellationToken).ConfigureAwait(false);
            Verbose($"{result}, after {Display.Duration(result.Duration)}.");
        }
        catch (OpsException e) when (e.ErrorId == "ProgramMissing" && CommandLine is null && Command is [var line] && line.AsSpan().ContainsAny(' ', '\t', '\n'))
        {
            throw new OpsException(e.ErrorId, e.Category, $"{instance.Name} has no program of the name '{CommandText.Program(Command)} ...': -Command was given one text with blanks in it, and takes each argument by itself.",
                $"Give a line with -CommandLine: Invoke-OpsServiceCommand {CompletionWord.Quote(service.Name)} -CommandLine '{CodeGeneration.EscapeSingleQuotedStringContent(line)}'", e.Target, e);
        }
    }

    private void Give(CommandOutput output) => Emit(Raw ? output.Line : output);

    private Stream? OpenInput()
    {
        if (_piped is not null) return new MemoryStream(Encoding.UTF8.GetBytes(_piped.ToString()));
        if (InputText is not null) return new MemoryStream(Encoding.UTF8.GetBytes(InputText));
        if (InputFile is null) return null;
        string path = InputFile;
        try { return ForeignFile.Open(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("InputUnreadable", OpsErrorCategory.ReadError, $"{path} cannot be read: {e.Message.TrimEnd('.')}.", "Correct -InputFile.", path, e);
        }
    }
}
