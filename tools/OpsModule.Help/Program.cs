using OpsModule.Help;

// Writes the help of the finished module out of PowerShell's own metadata and the compiler's documentation file.
if (args is not [var kind and ("maml" or "pages"), var module, var comments, var target])
{
    Console.Error.WriteLine("OpsModule.Help maml  <module folder> <OpsModule.xml> <file>     writes Get-Help's file");
    Console.Error.WriteLine("OpsModule.Help pages <module folder> <OpsModule.xml> <folder>   writes a page for each cmdlet, and their index");
    return 2;
}
IReadOnlyList<CmdletTopic> topics = ModuleReader.Read(Path.GetFullPath(module), new Comments(comments));
if (kind == "maml") MamlWriter.Write(topics, target);
else PageWriter.Write(topics, target);
return 0;
