using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Files;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>A file that services read is written whole or not at all, and all that belongs to it stays.</summary>
public sealed class OperatedFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private OperatedFile File(string name) => OperatedFile.Of(_folder[name], _folder["state"]);

    private FileWriting Write(string name, string text, string? expected, bool inPlace = false) =>
        File(name).Write(TestScope.Instance, Bytes(text), expected is null ? null : Bytes(expected), inPlace);

    [Fact]
    public async Task Link_mode_owner_attributes_and_access_lists_stay()
    {
        string real = _folder.Write("real/a.env", "old");
        await RunAsync("chown", "65534:65533", real);
        await RunAsync("chmod", "640", real);
        bool hasAttributes = await TryAsync("setfattr", "-n", "user.note", "-v", "mine", real);
        System.IO.File.CreateSymbolicLink(_folder[".env"], "real/a.env");

        Assert.Equal(FileWriting.Replaced, Write(".env", "new", "old"));

        Assert.Equal("real/a.env", new FileInfo(_folder[".env"]).LinkTarget);
        Assert.Equal("new", System.IO.File.ReadAllText(real));
        FileFacts facts = FileFacts.Of(real)!.Value;
        Assert.Equal((65534u, 65533u, 0x1A0), (facts.Owner, facts.Group, facts.Mode & 0xFFF));
        if (hasAttributes) Assert.Contains("mine", await RunAsync("getfattr", "-n", "user.note", real));
        Assert.Equal(["a.env"], Directory.GetFiles(_folder["real"]).Select(Path.GetFileName));
        Assert.Equal(FileWriting.Unchanged, Write(".env", "new", "new"));
    }

    [Fact]
    public async Task A_file_of_several_names_and_one_that_must_stay_are_written_in_place()
    {
        _folder.Write("a", "a longer text that was there");
        await RunAsync("ln", _folder["a"], _folder["b"]);
        Assert.Equal(FileWriting.InPlace, Write("a", "short", "a longer text that was there"));
        Assert.Equal("short", System.IO.File.ReadAllText(_folder["b"]));

        _folder.Write("c", "1");
        string? before = Disk.Identity(_folder["c"]);
        Assert.Equal(FileWriting.InPlace, Write("c", "22", "1", inPlace: true));
        Assert.Equal((before, "22"), (Disk.Identity(_folder["c"]), System.IO.File.ReadAllText(_folder["c"])));
        Assert.Empty(Directory.GetFiles(_folder["state"]));
    }

    [Theory]
    [InlineData("new")]
    [InlineData("old")]
    public void What_a_run_that_was_killed_has_left_beside_it_goes_with_the_next_write(string text)
    {
        string Left(string name, string middle) => _folder.Write($".{name}.{middle}.tmp", "PW=plain");
        string mark = Guid.NewGuid().ToString("N");
        _folder.Write("a.env", "old");
        string left = Left("a.env", mark), other = Left("b.env", mark), theirs = Left("a.env", "my-notes"), held = Left("a.env", Guid.NewGuid().ToString("N"));
        Note("x", "y", "a.env");
        string note = Directory.GetFiles(_folder["state"])[0], ofNote = Path.Combine(_folder["state"], $".{Path.GetFileName(note)}.{mark}.tmp");
        System.IO.File.WriteAllText(ofNote, "PW=plain");
        using (new FileStream(held, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            Write("a.env", text, "old");

        Assert.Equal([other, theirs, held], new[] { left, ofNote, other, theirs, held }.Where(System.IO.File.Exists));
        Assert.Equal(text, System.IO.File.ReadAllText(_folder["a.env"]));
        Write("a.env", text, text);
        Assert.False(System.IO.File.Exists(held));
    }

    [Fact]
    public void What_is_being_written_is_not_swept()
    {
        bool seen = false;
        AtomicFile.Write(_folder["a"], file => file.Write(Bytes("whole")), check: beside =>
        {
            AtomicFile.Sweep(_folder["a"]);
            seen = System.IO.File.Exists(beside);
        });
        Assert.True(seen);
        Assert.Equal("whole", System.IO.File.ReadAllText(_folder["a"]));
    }

    [Fact]
    public void What_somebody_else_has_written_is_not_written_over()
    {
        _folder.Write("a", "theirs");
        Assert.Equal("OperatedFileMoved", Assert.Throws<OpsException>(() => Write("a", "ours", "before")).ErrorId);
        Assert.Equal("theirs", System.IO.File.ReadAllText(_folder["a"]));
        Assert.Null(File("none").Read());
    }

    [Theory]
    [InlineData("the old text", "another one, longer", "another text")]
    [InlineData("the old text", "short", "short")]
    [InlineData("PW=old\nB=1\n", "PW=much-longer\nB=1\n", "PW=much-longer\nB")]
    public void A_write_in_place_that_was_cut_off_is_finished(string before, string after, string torn)
    {
        torn = torn.Length < before.Length ? torn + before[torn.Length..] : torn;
        _folder.Write("a", torn);
        Note(before, after);
        Assert.Equal(after, Encoding.UTF8.GetString(File("a").Read()!));

        Assert.Equal(FileWriting.Replaced, Write("a", "third", after));

        Assert.Equal("third", System.IO.File.ReadAllText(_folder["a"]));
        Assert.Empty(Directory.GetFiles(_folder["state"]));
    }

    [Fact]
    public void A_note_of_another_time_says_nothing_of_what_people_wrote_since()
    {
        _folder.Write("a", "by hand");
        Note("the old text", "the new text");
        Assert.Equal("by hand", Encoding.UTF8.GetString(File("a").Read()!));
        Assert.Equal(FileWriting.Replaced, Write("a", "next", "by hand"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void On_a_full_disk_it_is_as_it_was(bool inPlace)
    {
        using var disk = new Tmpfs(1);
        string path = Path.Combine(disk.Path, ".env"), old = "PW=old\n";
        System.IO.File.WriteAllText(path, old);
        using (FileStream filler = System.IO.File.Create(Path.Combine(disk.Path, "filler")))
        {
            byte[] block = new byte[4096];
            try { while (true) { filler.Write(block); filler.Flush(); } }
            catch (IOException) { }
        }
        OpsException full = Assert.Throws<OpsException>(() => OperatedFile.Of(path, _folder["state"])
            .Write(TestScope.Instance, Bytes("PW=" + new string('x', 20_000)), Bytes(old), inPlace));
        Assert.Equal("OperatedFileNotWritten", full.ErrorId);
        Assert.Contains("space", full.RecommendedAction);
        Assert.Equal(old, System.IO.File.ReadAllText(path));
        Assert.Equal([".env", "filler"], Directory.GetFiles(disk.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void On_a_disk_that_is_read_only_it_is_named()
    {
        using var disk = new Tmpfs(1);
        string path = Path.Combine(disk.Path, ".env");
        System.IO.File.WriteAllText(path, "a");
        disk.MakeReadOnly();
        OpsException refused = Assert.Throws<OpsException>(() =>
            OperatedFile.Of(path, _folder["state"]).Write(TestScope.Instance, Bytes("b"), Bytes("a")));
        Assert.Equal("OperatedFileNotWritten", refused.ErrorId);
        Assert.Contains("read-only", refused.RecommendedAction);
    }

    [Fact]
    public async Task A_file_that_is_a_mount_of_its_own_is_written_in_place()
    {
        _folder.Write("outside", "a");
        _folder.Write("inside", "");
        await RunAsync("mount", "--bind", _folder["outside"], _folder["inside"]);
        try { Assert.Equal(FileWriting.InPlace, Write("inside", "b", "a")); }
        finally { await RunAsync("umount", _folder["inside"]); }
        Assert.Equal("b", System.IO.File.ReadAllText(_folder["outside"]));
    }

    private void Note(string before, string after, string name = "a")
    {
        byte[] note = new byte[8 + Bytes(before).Length + Bytes(after).Length];
        BinaryPrimitives.WriteInt64LittleEndian(note, Bytes(before).Length);
        Bytes(before).CopyTo(note, 8);
        Bytes(after).CopyTo(note, 8 + Bytes(before).Length);
        Directory.CreateDirectory(_folder["state"]);
        System.IO.File.WriteAllBytes(Path.Combine(_folder["state"],
            Convert.ToHexString(SHA256.HashData(Bytes(_folder[name])).AsSpan(0, 16)).ToLowerInvariant() + ".inplace"), note);
    }

    private static Task<string> RunAsync(string program, params string[] arguments) =>
        ProgramRunner.RunAsync(new ProgramCall(program, arguments), null, default);

    private static async Task<bool> TryAsync(string program, params string[] arguments)
    {
        try { await RunAsync(program, arguments); return true; }
        catch (OpsException) { return false; }
    }
}
