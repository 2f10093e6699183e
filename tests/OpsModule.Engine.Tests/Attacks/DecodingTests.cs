using System.Text;
using OpsModule.Engine.Areas.Attacks.Decoding;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>What each layer of a disguise is undone to.</summary>
public sealed class DecodingTests
{
    [Theory]
    [InlineData("%27%20OR%201", "' or 1")]
    [InlineData("%2527", "'")] // encoded twice
    [InlineData("%25252527", "'")]
    [InlineData("%%32%37", "'")] // the second percent sign came of the first round
    [InlineData("%u0027", "'")]
    [InlineData("%u2215", "/")] // a slash for mathematicians
    [InlineData("%c0%ae%c0%af", "./")] // more bytes than needed
    [InlineData("%e0%80%ae", ".")]
    [InlineData("%c0%qf", "/")] // a decoder that counts digits on beyond f
    [InlineData("100%", "100%")]
    [InlineData("%zz%2", "%zz%2")]
    [InlineData("a%00b", "ab")]
    [InlineData("&lt;script&gt;", "<script>")]
    [InlineData("&#x3c;&#60;&#0000060", "<<<")]
    [InlineData("&lt/b&number=1", "</b&number=1")]
    [InlineData("\\u003cb\\x3e\\074", "<b><")]
    [InlineData("\\u{3c}", "<")]
    [InlineData("c:\\new\\table", "c:\\new\\table")] // a folder, no line breaks
    [InlineData("0x2e0x2e0x2f", "../")]
    [InlineData("0x2e", ".")]
    [InlineData("0x2eff", "0x2eff")] // a number
    [InlineData("＜ｓｃｒｉｐｔ＞", "<script>")]
    [InlineData("un\u200Bion", "union")]
    [InlineData("a\t \r\n b", "a b")]
    [InlineData("%a0or%a01", " or 1")] // a blank of an 8-bit character set
    [InlineData("voil%C3%A0", "voil\u00E0")] // the same byte as the end of a letter
    [InlineData("jnd\u0131", "jndi")] // Turkish letters become ASCII ones with another case
    public void Layers_are_undone(string written, string plain) => Assert.Equal(plain, Decoded.As(TextView.Text, written));

    [Fact]
    public void Plus_is_a_blank_in_a_form_only()
    {
        Assert.Equal("a b", Decoded.As(TextView.Text, "a+b", form: true));
        Assert.Equal("a+b", Decoded.As(TextView.Text, "a+b"));
        Assert.Equal("a+b", Decoded.As(TextView.Text, "a%2Bb", form: true));
    }

    [Fact]
    public void The_escapes_of_a_json_string_belong_to_the_log()
    {
        Assert.Equal("<b>\n", Decoded.As(TextView.Raw, "\\u003CB\\u003e\\n", json: true));
        Assert.Equal("\\u003cb\\u003e", Decoded.As(TextView.Raw, "\\u003CB\\u003e"));
    }

    [Theory]
    [InlineData("1/**/union/* x */select", "1 union select")]
    [InlineData("1/*!50000union*/select", "1 union select")]
    [InlineData("char(97,98)", "'ab'")]
    [InlineData("chr(0x61)", "'a'")]
    [InlineData("0x61646d696e", "'admin'")]
    [InlineData("0x770061006900740066006f007200", "'waitfor'")] // two bytes for each
    [InlineData("0x12345678", "0x12345678")] // spells no word
    [InlineData("'a'||'b'", "'ab'")]
    [InlineData("'sel' + 'ect'", "'select'")]
    [InlineData("char(x)", "char(x)")]
    [InlineData("1'+and+2=2", "1' and 2=2")] // blanks as a form writes them, encoded once more
    [InlineData("a+b", "a+b")]
    public void Sql_is_spelled_out(string written, string plain) => Assert.Equal(plain, Decoded.As(TextView.Sql, written));

    [Theory]
    [InlineData("..\\..\\boot.ini", "../../boot.ini")]
    [InlineData("..//..///etc", "../../etc")]
    [InlineData("/a/./././b", "/a/b")]
    [InlineData("..2f..2fetc2fpasswd", "../../etc/passwd")]
    [InlineData("file2fname", "file2fname")]
    public void A_path_is_read_as_the_system_does(string written, string plain) => Assert.Equal(plain, Decoded.As(TextView.Path, written));

    [Theory]
    [InlineData("c''at$IFS/etc/hosts", "cat /etc/hosts")]
    [InlineData("w\\ho\\am\\i", "whoami")]
    [InlineData("w'h'o\"am\"i", "whoami")]
    [InlineData("who$@ami;who$()ami;who``ami", "whoami;whoami;whoami")]
    [InlineData("cat${IFS}x;cat${IFS%??}y;cat$IFS$9z", "cat x;cat y;cat z")]
    [InlineData("/bi[n]/bash /etc/pas[s]wd", "/bin/bash /etc/passwd")]
    [InlineData("/usr/bin/id\\n", "/usr/bin/id\\n")] // a line break as lists of attacks write it
    [InlineData("'whoami'", "'whoami'")]
    [InlineData("x|+dir+c:", "x| dir c:")]
    [InlineData("a+b", "a+b")]
    public void A_command_is_read_as_the_shell_does(string written, string plain) => Assert.Equal(plain, Decoded.As(TextView.Shell, written));

    [Theory]
    [InlineData("${jndi:ldap://x/a}", "${jndi:ldap://x/a}")]
    [InlineData("${${lower:J}ndi:${env:NaN:-l}dap://x/a}", "${jndi:ldap://x/a}")]
    [InlineData("${${::-j}${::-n}di:x}", "${jndi:x}")]
    [InlineData("${${upper:${lower:j}}ndi:x}", "${jndi:x}")]
    [InlineData("${date:'j'}", "j")]
    [InlineData("${", "${")]
    public void Lookups_are_resolved(string written, string plain) => Assert.Equal(plain, Decoded.As(TextView.Lookup, written));

    [Fact]
    public void Markup_is_read_without_blanks_and_comments() => Assert.Equal("javascript:alert(1)", Decoded.As(TextView.Script, "java\tscript : al/* x */ert(1)"));

    [Theory]
    [InlineData("exp\\72 ession", "expression")]
    [InlineData("c:\\cafe", "c:\\cafe")] // no plain character
    public void Escapes_of_style_sheets_are_undone_in_scripts(string written, string plain) => Assert.Equal(plain, Decoded.As(TextView.Script, written));

    [Fact]
    public void Base64_is_text_or_nothing()
    {
        Assert.Equal("../../etc/passwd", Text("Li4vLi4vZXRjL3Bhc3N3ZA=="));
        Assert.Equal("../../etc/passwd", Text("Li4vLi4vZXRjL3Bhc3N3ZA%3D%3D"));
        Assert.Null(Text("AAAAAAAAAAAAAAAAAAAAAA"));
        Assert.Null(Text("Li4vLi4vZXRjL3Bhc3N3Z%"));

        static string? Text(string run) => Base64Values.Decode(Encoding.ASCII.GetBytes(run)) is { } bytes ? Encoding.ASCII.GetString(bytes) : null;
    }

    [Fact]
    public void Runs_of_base64_are_found_behind_their_name()
    {
        byte[] text = "token=Li4vLi4vZXRjL3Bhc3N3ZA==&short=YWJj"u8.ToArray();

        Range range = Assert.Single(Base64Values.Find(text));

        Assert.Equal("Li4vLi4vZXRjL3Bhc3N3ZA==", Encoding.ASCII.GetString(text[range]));
    }

    [Fact]
    public void The_trail_tells_what_was_undone()
    {
        Assert.Empty(Decoded.Trail(TextView.Text, "plain"));
        Assert.Equal(["url"], Decoded.Trail(TextView.Text, "%27"));
        Assert.Equal(["url", "url again"], Decoded.Trail(TextView.Text, "%2527"));
        Assert.Equal(["html entities"], Decoded.Trail(TextView.Text, "&lt;"));
        Assert.Equal(["url", "sql comments"], Decoded.Trail(TextView.Sql, "1%20/**/union"));
        Assert.Equal(["url", "overlong utf-8"], Decoded.Trail(TextView.Text, "%c0%ae"));
        Assert.Equal(["look-alike characters"], Decoded.Trail(TextView.Text, "un\u200Bion"));
        Assert.Equal(["shell tricks"], Decoded.Trail(TextView.Shell, "c''at"));
    }
}
