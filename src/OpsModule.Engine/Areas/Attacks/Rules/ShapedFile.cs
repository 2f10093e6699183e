using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>A YAML file whose keys are laid down.</summary>
internal static class ShapedFile
{
    /// <summary>Reads it; null when there is an error among the findings.</summary>
    public static YamlMap? Read(string path, int maxBytes, SectionShape shape, string expected, FindingList findings)
    {
        return TextFile.Read(path, maxBytes, findings.Add) is { } text ? Parse(text, shape, expected, findings) : null;
    }

    /// <summary>Reads its text.</summary>
    public static YamlMap? Parse(string text, SectionShape shape, string expected, FindingList findings)
    {
        YamlItem? root = null;
        try
        {
            root = YamlTree.Read(text);
            if (root is null) findings.Error("FileEmpty", null, "", "The file holds nothing but blanks and comments.", expected);
        }
        catch (YamlRefusedException e)
        {
            findings.Add(FindingSeverity.Error, e.Code, e.Line, e.Column, "", e.Message, e.Expected, null);
        }
        if (root is not null) new ShapeValidator(findings).Validate(root, shape, "");
        return findings.HasErrors ? null : root as YamlMap;
    }

    /// <summary>The first error as what ends a call.</summary>
    public static void ThrowOnError(string file, IReadOnlyList<EnvironmentFinding> findings, string id)
    {
        if (findings.FirstOrDefault(f => f.Severity == FindingSeverity.Error) is { } error)
            throw new OpsException(id, OpsErrorCategory.InvalidData, $"{file}({error.Line},{error.Column}): {error.Message}", "Correct the file.", file);
    }
}
