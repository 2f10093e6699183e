using System.Reflection;
using System.Runtime.InteropServices;
using OpsModule.Engine;
using OpsModule.Host.Help;
using OpsModule.Host.Language;
using OpsModule.Host.Metadata;
using OpsModule.Host.Running;
using OpsModule.Host.Writing;

namespace OpsModule.Host;

/// <summary>The <c>ops</c> program.</summary>
internal static class Program
{
    private const int UsageError = 2;
    private const int Terminated = 143;
    private const int OneSignal = 1000;

    private static int Main(string[] arguments)
    {
        try { return Dispatch(arguments); }
        catch (UsageException e)
        {
            Console.Error.WriteLine("ops: " + e.Message);
            return UsageError;
        }
        catch (IOException) { return 1; /* whoever read our output is gone */ }
    }

    private static int Dispatch(string[] arguments)
    {
        switch (arguments.FirstOrDefault()?.ToLowerInvariant())
        {
            case null:
                HelpPrinter.Overview(Console.Error);
                return UsageError;
            case "help" or "--help" or "-h" or "get-help":
                return HelpPrinter.Print(Console.Out, arguments.ElementAtOrDefault(1));
            case "--version":
                Console.WriteLine(typeof(OpsCmdlet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]);
                return 0;
            case "--write-help" when arguments.Length == 2:
                MamlWriter.Write(arguments[1]);
                return 0;
            case "--write-docs" when arguments.Length == 2:
                MarkdownWriter.Write(arguments[1]);
                return 0;
            case "--json":
                return Run(arguments[1..], json: true);
            default:
                return Run(arguments, json: false);
        }
    }

    private static int Run(string[] arguments, bool json)
    {
        IReadOnlyList<IReadOnlyList<CommandCall>> pipelines = PipelineParser.Parse(arguments);
        using TextWriter output = Console.IsOutputRedirected ? new GatheringWriter(Console.OpenStandardOutput()) : new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        Console.SetOut(output);
        var runner = new PipelineRunner(CommandTable.Module, new PipelineRun(new TerminalConsole(json), Environment.CurrentDirectory));
        long signalled = 0;
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        // What ConvertTo-Json has written is the answer already.
        bool written = pipelines.All(p => p[^1].Name.Equals("ConvertTo-Json", StringComparison.OrdinalIgnoreCase));
        return runner.Run(pipelines, json && !written ? new JsonSink(output) : new TableSink(output));

        // The first signal asks the commands to clean up and end; a second one ends the process. What comes at once is the same one:
        // timeout, for example, signals both the program and its group.
        void Cancel(PosixSignalContext context)
        {
            context.Cancel = !runner.Cancelled || Environment.TickCount64 - signalled < OneSignal;
            if (runner.Cancelled) return;
            signalled = Environment.TickCount64;
            // Not on the signal's thread: cancelling runs the callbacks of the body.
            Task.Run(() => runner.Cancel(context.Signal == PosixSignal.SIGTERM ? Terminated : PipelineRunner.Interrupted));
        }
    }
}
