using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Contract.Signing;
using OpsModule.Engine.Areas.Secrets.KeySets;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Phases;

/// <summary>Texts that hold several values, and what is done to them.</summary>
public sealed class KeySetTextTests
{
    private const string Json = """{"issuer":"shop","active":"a","keys":{"x":"theirs-1","a":"old-1"}}""";

    [Theory]
    [InlineData("Accept", "theirs,old-1,new-1,last")]
    [InlineData("Sign", "theirs,new-1,old-1,last")]
    [InlineData("Drop", "theirs,new-1,last")]
    [InlineData("Replace", "theirs,new-1,last")]
    public void A_list_keeps_what_is_of_others_where_it_is(string phase, string expected)
    {
        string moved = KeySetText.Move("theirs, old-1 ,last", SecretForm.List, Of(phase), "it");

        Assert.Equal(expected, moved);
        // What has come so far already is not moved twice.
        Assert.Equal(expected, KeySetText.Move(moved, SecretForm.List, Of(phase), "it"));
    }

    [Theory]
    [InlineData("Accept", """{"issuer":"shop","active":"a","keys":{"x":"theirs-1","a":"old-1","id-new":"new-1"}}""")]
    [InlineData("Sign", """{"issuer":"shop","active":"id-new","keys":{"x":"theirs-1","a":"old-1","id-new":"new-1"}}""")]
    [InlineData("Drop", """{"issuer":"shop","active":"id-new","keys":{"x":"theirs-1","id-new":"new-1"}}""")]
    public void Keys_by_their_ids_keep_the_rest(string phase, string expected)
    {
        string moved = KeySetText.Move(Json, SecretForm.Json, Of(phase), "it");

        Assert.Equal(expected, moved);
        Assert.Equal(phase == "Accept" ? "old-1" : "new-1", KeySetText.Read(moved, SecretForm.Json, "it")[0]);
    }

    [Fact]
    public void A_phase_is_taken_back_the_same_way()
    {
        KeyMove move = Of("Sign");
        string signed = KeySetText.Move(Json, SecretForm.Json, move, "it");

        string back = KeySetText.Move(signed, SecretForm.Json, move.Back(KeyPhase.Sign), "it");

        Assert.Equal(["old-1", "theirs-1", "new-1"], KeySetText.Read(back, SecretForm.Json, "it"));
        Assert.Equal(Json, KeySetText.Move(back, SecretForm.Json, move.Back(KeyPhase.Drop), "it"));
    }

    [Fact]
    public void Where_all_are_to_be_refused_one_takes_the_place_of_all() =>
        Assert.Equal("new-1", KeySetText.Move("theirs,old-1", SecretForm.List, Of("Replace") with { IsAlone = true }, "it"));

    [Fact]
    public void Where_nothing_that_was_signed_is_to_be_accepted_no_other_id_stays()
    {
        KeyMove move = Of("Replace") with { IsAlone = true };
        string moved = KeySetText.Move(Json, SecretForm.Json, move, "it");

        Assert.Equal("""{"issuer":"shop","active":"id-new","keys":{"id-new":"new-1"}}""", moved);
        Assert.Equal(moved, KeySetText.Move(moved, SecretForm.Json, move, "it"));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("a,a", true)]
    [InlineData("theirs", false)]
    [InlineData("{}", true, true)]
    [InlineData("{\"active\":\"b\",\"keys\":{\"a\":\"old-1\"}}", true, true)]
    [InlineData("{\"active\":\"x\",\"keys\":{\"x\":\"theirs-1\",\"a\":\"old-1\"}}", false, true)]
    [InlineData("{\"active\":", true, true)]
    public void What_is_none_is_refused_and_not_shown(string text, bool atRead, bool isJson = false)
    {
        SecretForm form = isJson ? SecretForm.Json : SecretForm.List;
        OpsException error = Assert.Throws<OpsException>(() => atRead ? KeySetText.Read(text, form, "it")[0]
            : KeySetText.Move(text, form, Of("Drop"), "it"));

        Assert.Equal("KeySetUnreadable", error.ErrorId);
        Assert.DoesNotContain("old-1", error.Message);
        Assert.DoesNotContain("theirs", error.Message);
    }

    private static KeyMove Of(string phase) => new(Enum.Parse<KeyPhase>(phase), new SecretMaterial("old-1"), new SecretMaterial("new-1"),
        "id-old", "id-new");
}
