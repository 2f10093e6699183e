using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Tests.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>The schema for editors, the reader of rule files and the documentation know the same keys.</summary>
public sealed class RuleSchemaTests
{
    private static readonly string Root = Repository.Root;

    /// <summary>Run once with OPSMODULE_WRITE_SCHEMA=1 after a key was added.</summary>
    [Fact]
    public void The_schema_file_is_what_the_reader_declares()
    {
        string file = Path.Combine(Root, "module", "schema", "rules.schema.json");
        if (Environment.GetEnvironmentVariable("OPSMODULE_WRITE_SCHEMA") == "1") File.WriteAllText(file, RuleShape.JsonSchema());
        Assert.Equal(RuleShape.JsonSchema(), File.ReadAllText(file));
    }

    /// <summary>Run once with OPSMODULE_WRITE_SCHEMA=1 after a key was added.</summary>
    [Fact]
    public void Every_key_is_in_the_documentation_with_what_it_means()
    {
        string file = Path.Combine(Root, "docs", "concepts", "attacks.md"), page = File.ReadAllText(file);
        string table = string.Concat(ShapeTable.Rows(RuleShape.Root, "").Select(r => r.Row + "\n"));
        string Replaced() => Regex.Replace(page, @"(?<=\| key \| value \| default \| meaning \|\n\|---\|---\|---\|---\|\n)(\| .*\n)*", _ => table);
        if (Environment.GetEnvironmentVariable("OPSMODULE_WRITE_SCHEMA") == "1") File.WriteAllText(file, Replaced());
        Assert.Contains(table, File.ReadAllText(file));
    }

    [Fact]
    public void All_files_of_the_module_are_valid()
    {
        JsonNode schema = JsonNode.Parse(RuleShape.JsonSchema())!;
        string[] files = Directory.GetFiles(Path.Combine(Root, "module", "rules"), "*.yaml", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string file in files) Assert.Empty(SchemaCheck.Of(schema, YamlTree.Read(File.ReadAllText(file))!, Path.GetFileName(file)));
    }

    [Theory]
    [InlineData("rules: [{ id: a, title: A, category: Scaner, matches: [x], ignores: [y] }]", "Scaner")]
    [InlineData("rules: [{ id: a, titel: A, matches: [x], ignores: [y] }]", "titel")]
    [InlineData("rules: [{ id: a, title: A, matches: [x] }]", "ignores")]
    [InlineData("rules: [{ id: a, title: A, matches: [x], ignores: [y], status: [999] }]", "999")]
    [InlineData("rates: [{ id: a, title: A, more: 1, within: soon, matches: [{ lines: [x] }], ignores: [{ lines: [x] }] }]", "soon")]
    [InlineData("rates: [{ id: a, title: A, more: 1, within: 1m, matches: [x], ignores: [{ lines: [x] }] }]", "object")]
    public void A_mistake_is_seen_by_an_editor(string yaml, string what) =>
        Assert.Contains(what, string.Join('\n', SchemaCheck.Of(JsonNode.Parse(RuleShape.JsonSchema())!, YamlTree.Read(yaml)!, "")));

    /// <summary>As much of JSON Schema as the module's own schemas use.</summary>
    private static class SchemaCheck
    {
        public static IEnumerable<string> Of(JsonNode schema, YamlItem item, string path)
        {
            string[] types = schema["type"] switch { JsonArray many => [.. many.Select(t => (string)t!)], { } one => [(string)one!], _ => [] };
            return item switch
            {
                YamlText { IsNull: true } => types.Contains("null") ? [] : [$"{path}: null is not {string.Join(" or ", types)}"],
                YamlMap map when types.Contains("object") => Object(schema, map, path),
                YamlList list when types.Contains("array") => list.Items.SelectMany((e, i) => Of(schema["items"]!, e, $"{path}[{i}]")),
                YamlText text when types.Intersect(["string", "number", "integer", "boolean"]).Any() => Scalar(schema, types, text.Value, path),
                _ => [$"{path}: {item.Kind} is not {string.Join(" or ", types)}"],
            };
        }

        private static IEnumerable<string> Object(JsonNode schema, YamlMap map, string path)
        {
            foreach (JsonNode? required in schema["required"] as JsonArray ?? [])
                if (!map.Has((string)required!)) yield return $"{path}: {required} is missing";
            foreach (YamlEntry entry in map.Entries)
            {
                JsonNode? property = schema["properties"]?[entry.Key.Value];
                if (property is null) yield return $"{path}: {entry.Key.Value} is not known";
                else
                    foreach (string wrong in Of(property, entry.Value, $"{path}.{entry.Key.Value}")) yield return wrong;
            }
        }

        private static IEnumerable<string> Scalar(JsonNode schema, string[] types, string value, string path)
        {
            if (types is ["integer"])
            {
                if (!int.TryParse(value, CultureInfo.InvariantCulture, out int number) || number < (int)schema["minimum"]! || number > ((int?)schema["maximum"] ?? int.MaxValue)) yield return $"{path}: {value} is no such number";
            }
            else if (types is ["boolean"])
            {
                if (value is not ("true" or "false")) yield return $"{path}: {value} is neither true nor false";
            }
            else if (schema["enum"] is JsonArray choices && !choices.Any(c => (string)c! == value)) yield return $"{path}: {value} is none of the choices";
            else if (schema["pattern"] is { } pattern && !Regex.IsMatch(value, (string)pattern!)) yield return $"{path}: {value} does not look right";
        }
    }
}
