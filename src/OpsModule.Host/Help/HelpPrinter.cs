using OpsModule.Host.Language;
using OpsModule.Host.Metadata;
using OpsModule.Host.Writing;

namespace OpsModule.Host.Help;

/// <summary><c>ops help</c>.</summary>
internal static class HelpPrinter
{
    public static void Overview(TextWriter output)
    {
        output.WriteLine("""
            ops runs the cmdlets of OpsModule where no PowerShell is installed.

              ops 'Get-OpsBackup -Latest | Test-OpsBackup'   run a pipeline
              ops Get-OpsBackup -Latest                      the same, for one command
              ops --json 'Get-OpsBackup'                     print one JSON array
              ops help [cmdlet]                              say what a cmdlet does
              ops --version

            Beside the cmdlets below it knows Where-Object, Select-Object,
            ConvertTo-Json, Format-Table and Format-List.
            It ends with 0; 1 when an error was written or a result is bad (Passed is
            False, or a finding of severity Error); 2 when the command line cannot be
            run; 130 when it was interrupted, 143 when it was ended by SIGTERM.

            """);
        var comments = HelpTopic.LoadComments();
        foreach (string name in CommandTable.Module.Names)
        {
            string[] lines = [.. TextWrap.Lines(HelpTopic.Read(CommandTable.Module.Find(name)!, comments).Synopsis, Math.Max(30, Width - 28))];
            for (int i = 0; i < lines.Length; i++) output.WriteLine($"  {(i == 0 ? name : ""),-25} {lines[i]}");
        }
    }

    /// <summary>Long lines are hard to read even where there is room for them.</summary>
    private static int Width => Math.Clamp(TerminalSize.Width == int.MaxValue ? 80 : TerminalSize.Width, 40, 100);

    public static int Print(TextWriter output, string? name)
    {
        if (name is null)
        {
            Overview(output);
            return 0;
        }
        CmdletMetadata cmdlet = CommandTable.Module.Find(name) ?? throw new UsageException($"There is no cmdlet {name}. See: ops help");
        HelpTopic topic = HelpTopic.Read(cmdlet, HelpTopic.LoadComments());
        output.WriteLine($"{cmdlet.Name}\n{TextWrap.Indented(topic.Synopsis, 2, Width)}\n");
        foreach (string line in CmdletSyntax.Of(cmdlet)) output.WriteLine(Hanging(line));
        foreach (string paragraph in topic.Description) output.WriteLine("\n" + TextWrap.Indented(paragraph, 0, Width));
        output.WriteLine("\nParameters");
        foreach (CmdletParameter parameter in cmdlet.Parameters)
        {
            output.WriteLine($"  -{parameter.Name}" + (parameter.IsSwitch ? "" : $" <{CmdletSyntax.ValueName(parameter)}>"));
            output.WriteLine(TextWrap.Indented(topic.Parameters[parameter.Name], 6, Width));
        }
        output.WriteLine("\nExamples");
        foreach (HelpExample example in topic.Examples)
        {
            output.WriteLine($"  {example.Code.ReplaceLineEndings("\n  ")}{(example.NeedsPowerShell ? "      (in PowerShell)" : "")}");
            output.WriteLine(TextWrap.Indented(example.Remarks, 6, Width));
        }
        return 0;
    }

    /// <summary>A syntax line; what does not fit goes on further in.</summary>
    private static string Hanging(string syntax)
    {
        string[] lines = [.. TextWrap.Lines(syntax, Width - 2)];
        return "  " + lines[0] + (lines.Length == 1 ? "" : "\n" + TextWrap.Indented(string.Join(' ', lines.Skip(1)), 6, Width));
    }
}
