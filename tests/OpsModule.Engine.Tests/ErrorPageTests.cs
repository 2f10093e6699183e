using System.Reflection;
using System.Text.RegularExpressions;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests;

/// <summary>Each error of the catalogue names a page of docs/, and a heading of it; both are there.</summary>
public sealed partial class ErrorPageTests
{
    private static readonly string Docs = Path.Combine(Repository.Root, "docs");

    [Fact]
    public void Every_page_and_every_heading_is_there()
    {
        ErrorCode[] codes = [.. new[] { typeof(ErrorCode), typeof(PlatformErrors), typeof(ChangeRunner) }
            .SelectMany(t => t.Assembly.GetTypes())
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(f => f.FieldType == typeof(ErrorCode)).Select(f => (ErrorCode)f.GetValue(null)!)];
        Assert.True(codes.Length > 100, $"{codes.Length} codes");

        Assert.Equal([], codes.Select(c => Missing(c.Page) is { } what ? $"{c.Id}: {c.Page}: {what}" : null).OfType<string>());
    }

    [Theory]
    [InlineData("secrets.md", "no such page")]
    [InlineData("concepts/secrets.md#nothing-of-the-kind", "no such heading")]
    [InlineData("concepts/secrets.md#what-is-proven", null)]
    public void What_is_not_there_is_noticed(string page, string? missing) => Assert.Equal(missing, Missing(page));

    private static string? Missing(string page)
    {
        string[] parts = page.Split('#');
        string path = Path.Combine(Docs, parts[0]);
        if (!File.Exists(path)) return "no such page";
        return parts.Length == 1 || File.ReadLines(path).Any(l => l.StartsWith('#') && Anchor(l) == parts[1]) ? null : "no such heading";
    }

    /// <summary>A heading as a link names it: small letters, a hyphen for each blank, and of other marks none.</summary>
    private static string Anchor(string heading) => Marks().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Marks();
}
