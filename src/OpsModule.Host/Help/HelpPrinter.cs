using OpsModule.Host.Language;
using OpsModule.Host.Metadata;

namespace OpsModule.Host.Help;

/// <summary><c>ops help</c>.</summary>
internal static class HelpPrinter
{
    public static void Overview(TextWriter output)
    {
        output.WriteLine("""
            ops runs the cmdlets of OpsModule where no PowerShell is installed.

              ops 'Get-OpsBackup -Latest | Test-OpsBackup'     run a pipeline
              ops Get-OpsBackup -Latest                        the same, for one command
              ops --json 'Get-OpsBackup'                       one JSON array, as ConvertTo-Json writes it
              ops help [cmdlet]                                what a cmdlet does
              ops --version

            Beside the cmdlets below it knows Where-Object, Select-Object, ConvertTo-Json, Format-Table and Format-List.
            It ends with 0; 1 when an error was written; 2 when the command line cannot be run; 130 when it was interrupted.

            """);
        var comments = HelpTopic.LoadComments();
        foreach (string name in CommandTable.Module.Names)
            output.WriteLine($"  {name,-28} {HelpTopic.Read(CommandTable.Module.Find(name)!, comments).Synopsis}");
    }

    public static int Print(TextWriter output, string? name)
    {
        if (name is null)
        {
            Overview(output);
            return 0;
        }
        CmdletMetadata cmdlet = CommandTable.Module.Find(name) ?? throw new UsageException($"There is no cmdlet {name}. See: ops help");
        HelpTopic topic = HelpTopic.Read(cmdlet, HelpTopic.LoadComments());
        output.WriteLine($"{cmdlet.Name}\n  {topic.Synopsis}\n");
        foreach (string line in CmdletSyntax.Of(cmdlet)) output.WriteLine("  " + line);
        foreach (string paragraph in topic.Description) output.WriteLine($"\n{paragraph}");
        output.WriteLine("\nParameters");
        foreach (CmdletParameter parameter in cmdlet.Parameters)
            output.WriteLine($"  -{parameter.Name} <{CmdletSyntax.TypeName(parameter.Type)}>\n      {topic.Parameters[parameter.Name]}");
        output.WriteLine("\nExamples");
        foreach (HelpExample example in topic.Examples) output.WriteLine($"  {example.Code.ReplaceLineEndings("\n  ")}\n      {example.Remarks}");
        return 0;
    }
}
