using System.Text.Json;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Environments;

/// <summary>The schema for editors, the loader and the documentation know the same keys.</summary>
public sealed class EnvironmentSchemaTests
{
    private static readonly string Root = Repository.Root;

    /// <summary>Run once with OPSMODULE_WRITE_SCHEMA=1 after a key was added.</summary>
    [Fact]
    public void The_schema_file_is_what_the_loader_declares()
    {
        string file = Path.Combine(Root, "module", "schema", "ops.schema.json");
        if (Environment.GetEnvironmentVariable("OPSMODULE_WRITE_SCHEMA") == "1") File.WriteAllText(file, EnvironmentJsonSchema.Write());

        Assert.Equal(EnvironmentJsonSchema.Write(), File.ReadAllText(file));
    }

    [Fact]
    public void Every_property_of_the_schema_is_described()
    {
        using JsonDocument schema = JsonDocument.Parse(EnvironmentJsonSchema.Write());
        int seen = 0;

        Walk(schema.RootElement);

        Assert.True(seen > 50, $"only {seen} properties");

        void Walk(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Array) foreach (JsonElement item in element.EnumerateArray()) Walk(item);
            if (element.ValueKind != JsonValueKind.Object) return;
            foreach (JsonProperty member in element.EnumerateObject())
            {
                if (member.NameEquals("properties"))
                {
                    foreach (JsonProperty property in member.Value.EnumerateObject())
                    {
                        seen++;
                        Assert.True(property.Value.TryGetProperty("description", out JsonElement text) && text.GetString()!.Length > 3, property.Name);
                    }
                }
                Walk(member.Value);
            }
        }
    }

    [Fact]
    public void Every_key_is_in_the_documentation_and_no_other()
    {
        string page = File.ReadAllText(Path.Combine(Root, "docs", "concepts", "environment.md"));
        string[] documented = page.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('`')[1]).ToArray();

        Assert.Equal(Paths(EnvironmentShape.Root, "").Order(), documented.Order());
    }

    private static IEnumerable<string> Paths(SettingShape shape, string prefix) => shape switch
    {
        SectionShape section => section.Keys.SelectMany(k => Paths(k.Shape, prefix.Length == 0 ? k.Name : prefix + "." + k.Name)
            .Prepend(prefix.Length == 0 ? k.Name : prefix + "." + k.Name)),
        NamedShape named => Paths(named.Item, prefix + "." + named.Example),
        ListShape list => Paths(list.Item, prefix + "[]"),
        EitherShape either => Paths(either.Section, prefix),
        _ => [],
    };
}
