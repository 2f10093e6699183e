using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Tests.Files;

/// <summary>What is put in a place is there whole, and nothing lies beside it.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_link_takes_the_place_of_a_file_and_of_another_link()
    {
        foreach (string name in new[] { "first", "second" }) _folder.Write(name, name);
        string place = _folder.Write("place", "a file");

        AtomicFile.Link(place, "first");
        AtomicFile.Link(place, "second");

        Assert.Equal(("second", "second"), (new FileInfo(place).LinkTarget, File.ReadAllText(place)));
        Assert.Equal(["first", "place", "second"], Names());
    }

    [Fact]
    public void A_file_takes_the_place_of_a_link_and_not_of_what_it_points_at()
    {
        _folder.Write("first", "first");
        AtomicFile.Link(_folder["place"], "first");

        AtomicFile.Write(_folder["place"], "new"u8.ToArray());

        Assert.Null(new FileInfo(_folder["place"]).LinkTarget);
        Assert.Equal(("new", "first"), (File.ReadAllText(_folder["place"]), File.ReadAllText(_folder["first"])));
    }

    [Fact]
    public void What_cannot_be_put_there_leaves_nothing_beside_it()
    {
        Directory.CreateDirectory(_folder["place"]);
        Assert.ThrowsAny<Exception>(() => AtomicFile.Link(_folder["place"], "first"));
        Assert.Equal(["place"], Names());
    }

    private IEnumerable<string> Names() => new DirectoryInfo(_folder.Path).GetFileSystemInfos().Select(f => f.Name).Order(StringComparer.Ordinal);
}
