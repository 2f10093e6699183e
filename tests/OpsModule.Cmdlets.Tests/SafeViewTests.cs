using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Cmdlets.Tests;

/// <summary>No view shows what a stranger wrote as it is: each column is a number, a word of our own, or goes through <see cref="Display"/>, which cleans.</summary>
public sealed partial class SafeViewTests
{
    private const string Hostile = "a\u001b]0;x\u0007\u001b[2J\u0000\b\r\u007f\u0085\u009b31m\u00ad\u061c\u180e\u200b\u200d\u200e\u2028\u2029\u202e\u2066\ufeff\ufff9b";

    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(ContractTests.Root, "module", "formats")).Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_column_of_a_text_is_cleaned(string file)
    {
        foreach (XElement view in Views(file))
            foreach (XElement column in Columns(view))
            {
                string where = $"{file}: {view.Element("Name")!.Value}: {column}";
                if (column.Element("PropertyName") is { } property)
                    Assert.All(Types(view), type => Assert.True(IsOurs(type.GetProperty(property.Value)!.PropertyType), where));
                else Assert.True(Cleaner().IsMatch(column.Element("ScriptBlock")!.Value) || IsColouredWord(column), where);
                // A script without a label would be its own label.
                if (column.Name == "ListItem" && column.Element("ScriptBlock") is not null) Assert.True(column.Element("Label")?.Value.Length > 0, where);
            }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_type_with_a_text_has_a_list_that_cleans(string file)
    {
        foreach (Type type in Views(file).SelectMany(Types).Distinct())
            Assert.True(Views(file).Any(v => v.Element("TableControl") is null && Types(v).Contains(type)), $"{type}: Format-List would show it as it is.");
    }

    [Fact]
    public void Whatever_comes_out_of_a_view_is_safe()
    {
        object[] values = [Hostile, new[] { Hostile, "x" }, new Dictionary<string, int> { [Hostile] = 1 }, new Dictionary<string, string> { [Hostile] = Hostile }, new OpsException(Hostile, 0, Hostile, Hostile),
            .. Directory.GetFiles(Path.Combine(ContractTests.Root, "module", "formats")).SelectMany(f => Views(Path.GetFileName(f)).SelectMany(Types)).Distinct().Where(t => !t.IsAbstract).Select(Filled)];
        foreach (MethodInfo method in typeof(Display).GetMethods(BindingFlags.Public | BindingFlags.Static))
            foreach (object value in values)
            {
                string shown;
                try { shown = (string)method.Invoke(null, method.GetParameters().Length == 1 ? [value] : [value, 40])!; }
                catch (TargetInvocationException e) when (e.InnerException is FormatException or InvalidCastException or NullReferenceException) { continue; } // it shows figures only
                Assert.True(PrintableText.IsSafe(shown), $"{method.Name} of {value.GetType().Name}");
            }
    }

    /// <summary>An object whose texts, and lists of texts, are all of hostile characters.</summary>
    private static object Filled(Type type)
    {
        object value = RuntimeHelpers.GetUninitializedObject(type);
        for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
            foreach (FieldInfo field in level.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
                if (field.FieldType == typeof(string)) field.SetValue(value, Hostile);
                else if (field.FieldType.IsAssignableFrom(typeof(string[]))) field.SetValue(value, new[] { Hostile });
                else if (field.FieldType.IsGenericType && field.FieldType.GetGenericArguments() is [var item] && typeof(IEnumerable).IsAssignableFrom(field.FieldType) && field.FieldType.IsAssignableFrom(item.MakeArrayType()))
                    field.SetValue(value, Array.CreateInstance(item, 0));
        return value;
    }

    private static IEnumerable<XElement> Views(string file) => XDocument.Load(Path.Combine(ContractTests.Root, "module", "formats", file)).Descendants("View");

    private static IEnumerable<XElement> Columns(XElement view) => view.Descendants("TableColumnItem").Concat(view.Descendants("ListItem")).Concat(view.Descendants("ExpressionBinding"));

    private static IEnumerable<Type> Types(XElement view) => view.Elements("ViewSelectedBy").Elements("TypeName").Select(n => typeof(OpsException).Assembly.GetType(n.Value)).OfType<Type>();

    private static bool IsOurs(Type type) => type.IsValueType;

    /// <summary>The word of a severity, in colour.</summary>
    private static bool IsColouredWord(XElement column) => column.Element("ScriptBlock")!.Value is var script && script.Contains("$PSStyle", StringComparison.Ordinal) && script.Split("$_.").Skip(1).All(p => p.StartsWith("Severity", StringComparison.Ordinal));

    [GeneratedRegex(@"^\s*\[OpsModule\.Display\]::\w+\(.*\)\s*$", RegexOptions.Singleline)]
    private static partial Regex Cleaner();
}
