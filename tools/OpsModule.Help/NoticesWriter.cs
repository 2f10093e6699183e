using System.Text;
using System.Xml.Linq;

namespace OpsModule.Help;

/// <summary>Writes THIRD-PARTY-NOTICES: which packages the module holds, whose they are, and under which licences, out of the packages themselves.</summary>
internal static class NoticesWriter
{
    private static readonly string[] Texts = ["LICENSE*", "LICENCE*", "COPYING*", "NOTICE*", "THIRD-PARTY-NOTICES*"];

    /// <summary>Writes them of the packages that assemblies come from; the texts of licences that a package only names lie in a folder.</summary>
    public static void Write(IEnumerable<string> assemblies, string licences, string file)
    {
        var text = new StringBuilder("OpsModule holds the following packages, each under its own licence. OpsModule's own licence is in the file LICENSE.\n");
        SortedSet<string> named = new(StringComparer.Ordinal);
        foreach (string package in assemblies.Select(PackageOf).Distinct().Order(StringComparer.Ordinal)) Package(text, package, named);
        foreach (string name in named) Section(text, name, File.ReadAllText(Path.Combine(licences, name + ".txt")));
        File.WriteAllText(file, text.ToString());

        void Package(StringBuilder all, string folder, SortedSet<string> referred)
        {
            XElement about = XDocument.Load(Directory.GetFiles(folder, "*.nuspec").Single()).Root!.Elements().Single(e => e.Name.LocalName == "metadata");
            string title = $"{Value(about, "id")} {Value(about, "version")}";
            string licence = Value(about, "license");
            string[] own = [.. Texts.SelectMany(t => Directory.GetFiles(folder, t, new EnumerationOptions { MatchCasing = MatchCasing.CaseInsensitive })).Order(StringComparer.Ordinal)];
            all.Append($"\n{new string('=', 80)}\n{title}\n{Value(about, "copyright")}{(Value(about, "copyright").Length > 0 ? "\n" : "")}by {Value(about, "authors")}\n");
            if (Value(about, "projectUrl") is { Length: > 0 } home) all.Append($"{home}\n");
            if (own.Length > 0)
            {
                all.Append($"Licence: {licence}, as follows.\n");
                foreach (string one in own) Section(all, $"{title}: {Path.GetFileName(one)}", File.ReadAllText(one));
            }
            else if (File.Exists(Path.Combine(licences, licence + ".txt")))
            {
                referred.Add(licence);
                all.Append($"Licence: {licence}, at the end of this file.\n");
            }
            else throw new InvalidOperationException($"{title} is under '{licence}' and brings no text of it. Put the text into {licences}/{licence}.txt.");
        }
    }

    private static string PackageOf(string assembly)
    {
        for (string? folder = Path.GetDirectoryName(assembly); folder is not null; folder = Path.GetDirectoryName(folder))
            if (Directory.GetFiles(folder, "*.nuspec").Length > 0) return folder;
        throw new InvalidOperationException($"{assembly} is of no package, so nobody knows whose it is.");
    }

    private static void Section(StringBuilder text, string title, string content) =>
        text.Append($"\n{new string('-', 80)}\n{title}\n\n{content.ReplaceLineEndings("\n").Trim()}\n");

    private static string Value(XElement about, string name) => about.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value.Trim() ?? "";
}
