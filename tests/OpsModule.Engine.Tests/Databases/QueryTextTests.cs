using System.Globalization;
using System.Numerics;
using OpsModule.Connections.Postgres.Queries;
using OpsModule.Engine.Areas.Databases;

namespace OpsModule.Engine.Tests.Databases;

/// <summary>What is read out of a statement's text, and out of the text in which values come.</summary>
public sealed class QueryTextTests
{
    [Theory]
    [InlineData("select 1", "SELECT", false)]
    [InlineData("  -- a comment; with a mark\n (select 1);;", "SELECT", false)]
    [InlineData("/* one; /* two */ */ delete from t where a = ';'", "DELETE", false)]
    [InlineData("do $x$ begin perform 1; perform 2; end $x$;", "DO", false)]
    [InlineData("select 1; delete from t", "SELECT", true)]
    [InlineData("select E'\\';'; commit", "SELECT", true)]
    [InlineData("select ';", "SELECT", false)]
    [InlineData("\"select\" 1", "", false)]
    [InlineData("", "", false)]
    public void A_statement_has_a_first_word_and_may_be_several(string sql, string keyword, bool several)
    {
        var text = new StatementText(sql);
        Assert.Equal((keyword, several), (text.Keyword, text.HasSeveral));
    }

    [Theory]
    [InlineData("select * from t where a = @a and b=:b", "a b")]
    [InlineData("select a::text, b @> c, d <@e, '@no', \"@no\", -- @no\n @yes", "yes")]
    [InlineData("select * from t where x = @one or y = @ONE", "one")]
    public void Placeholders_are_names_behind_a_sign(string sql, string names) => Assert.Equal(names.Split(' '), new StatementText(sql).Placeholders);

    [Theory]
    [InlineData(16u, "t", true)]
    [InlineData(20u, "-9223372036854775808", long.MinValue)]
    [InlineData(701u, "Infinity", double.PositiveInfinity)]
    [InlineData(701u, "0.1", 0.1)]
    [InlineData(25u, "NULL", "NULL")]
    [InlineData(16999u, "a word of an enumeration", "a word of an enumeration")]
    public void Values_have_the_type_that_PowerShell_has_for_them(uint type, string text, object expected) => Assert.Equal(expected, ValueText.Read(type, text));

    [Fact]
    public void Numbers_are_exact_or_text()
    {
        Assert.Equal("1.50", Assert.IsType<decimal>(ValueText.Read(1700, "1.50")).ToString(CultureInfo.InvariantCulture));
        Assert.Equal(BigInteger.Parse("123456789012345678901234567890123"), ValueText.Read(1700, "123456789012345678901234567890123"));
        Assert.Equal("0.12345678901234567890123456789012345", ValueText.Read(1700, "0.12345678901234567890123456789012345"));
        Assert.Equal(double.NaN, ValueText.Read(1700, "NaN"));
    }

    [Fact]
    public void Times_are_times_and_what_is_none_here_stays_text()
    {
        Assert.Equal(new DateTimeOffset(2026, 11, 29, 6, 10, 49, 123, TimeSpan.Zero).AddMicroseconds(456), ValueText.Read(1184, "2026-11-29 06:10:49.123456+00"));
        Assert.Equal(new DateTime(2026, 11, 29, 6, 10, 49), ValueText.Read(1114, "2026-11-29 06:10:49"));
        Assert.Equal(new DateTime(2026, 11, 29), ValueText.Read(1082, "2026-11-29"));
        Assert.Equal("infinity", ValueText.Read(1184, "infinity"));
        Assert.Equal("0044-03-15 BC", ValueText.Read(1082, "0044-03-15 BC"));
        Assert.Equal(TimeSpan.FromDays(1), ValueText.Read(1083, "24:00:00"));
        Assert.Equal(new TimeSpan(-3, -1, -2, -3), ValueText.Read(1186, "-3 days -01:02:03"));
        Assert.Equal(new TimeSpan(1, 0, 0, 0), ValueText.Read(1186, "1 day"));
        Assert.Equal(TimeSpan.FromMicroseconds(5), ValueText.Read(1186, "00:00:00.000005"));
        Assert.Equal("1 mon 2 days", ValueText.Read(1186, "1 mon 2 days"));
        Assert.Equal("", ValueText.Read(1186, ""));
    }

    [Fact]
    public void Arrays_are_arrays_of_values()
    {
        Assert.Equal(new object?[] { 1, null, 3 }, ValueText.Read(1007, "{1,NULL,3}"));
        Assert.Equal(new object?[] { "a \"b\" \\", "NULL", "", "c", null }, ValueText.Read(1009, """{"a \"b\" \\","NULL","",c,NULL}"""));
        Assert.Equal(new object?[] { 7, 8 }, ValueText.Read(1007, "[0:1]={7,8}"));
        Assert.Empty(Assert.IsType<object?[]>(ValueText.Read(1007, "{}")));
        object?[] outer = Assert.IsType<object?[]>(ValueText.Read(1007, "{{1,2},{3,4}}"));
        Assert.Equal(new object?[] { 3, 4 }, outer[1]);
        Assert.Equal("{1", ValueText.Read(1007, "{1"));
    }

    [Fact]
    public void Columns_of_one_name_get_a_number_and_that_is_told()
    {
        (IReadOnlyList<string> names, IReadOnlyList<string> changed) = ColumnNames.Distinct(["id", "ID", "id_2", "", "PSObject", "x"]);
        Assert.Equal(["id", "ID_3", "id_2", "Column4", "PSObject_2", "x"], names);
        Assert.Equal(["column 2 (ID) is ID_3", "column 4 (without a name) is Column4", "column 5 (PSObject) is PSObject_2"], changed);
    }

    [Fact]
    public void A_value_of_a_type_that_the_server_has_none_for_is_none()
    {
        Assert.Null(QueryParameter.Of("a", new object()));
        Assert.Null(QueryParameter.Of("a", new object[] { 1, "b" }));
        Assert.Equal(new long?[] { 1, null, 3 }, QueryParameter.Of("a", new object?[] { 1, null, 3L })!.Value);
    }
}
