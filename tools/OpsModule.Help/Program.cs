using OpsModule.Help;

if (args is ["notices", var assemblies, var licences, var notices])
{
    NoticesWriter.Write(assemblies.Split(';'), licences, notices);
    return 0;
}
// Writes the help of the finished module out of PowerShell's own metadata, the compiler's documentation file and the pages of docs/concepts.
if (args is not [var kind and ("help" or "pages"), var folder, var comments, var other])
{
    Console.Error.WriteLine("OpsModule.Help help  <module folder> <OpsModule.xml> <docs/concepts>  writes Get-Help's files into the module");
    Console.Error.WriteLine("OpsModule.Help pages <module folder> <OpsModule.xml> <docs/cmdlets>   writes a page for each cmdlet, and their index");
    Console.Error.WriteLine("OpsModule.Help notices <assembly;...> <folder of licences> <file>  writes whose packages the module holds");
    return 2;
}
ModuleTopic module = ModuleReader.Read(Path.GetFullPath(folder), new Comments(comments));
if (kind == "pages")
{
    PageWriter.Write(module, other);
    return 0;
}
string target = Path.Combine(Path.GetFullPath(folder), "en-US");
AboutWriter.Write(other, target);
// The build takes this one's time for the time of all.
MamlWriter.Write(module, Path.Combine(target, "OpsModule.dll-Help.xml"));
return 0;
