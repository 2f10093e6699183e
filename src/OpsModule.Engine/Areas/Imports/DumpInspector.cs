using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Imports.Files;
using OpsModule.Engine.Areas.Imports.Scripts;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Imports;

/// <summary>Reads a dump to its end and says what it is. Nothing is run, and nothing is written.</summary>
internal sealed class DumpInspector(OpsContext context)
{
    private const int TarHeader = 512;

    /// <summary>Looks at a file or a folder.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="reload">An archive is to be loaded though it could be taken as it is.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="OpsException">What is wrong with it, as <see cref="ImportErrors"/> has it.</exception>
    public async Task<DumpFacts> InspectAsync(string path, bool reload, CancellationToken ct)
    {
        var progress = new BackupProgress(context, 1, $"Read {Path.GetFileName(path)}", SizeOf(path));
        try
        {
            if (Directory.Exists(path)) return await FolderAsync(path, progress.Report, ct).ConfigureAwait(false);
            using DumpFile file = await DumpFile.OpenAsync(path, progress.Report, ct).ConfigureAwait(false);
            DumpFacts facts = file.Format switch
            {
                DumpFormat.Custom => await CustomAsync(file, ct).ConfigureAwait(false),
                DumpFormat.Tar => await TarAsync(file, ct).ConfigureAwait(false),
                _ => await ScriptAsync(Begin(file), file.Plain, ct).ConfigureAwait(false),
            };
            facts = facts with { Sha256 = await file.File.FinishAsync(ct).ConfigureAwait(false) };
            if (file.Format == DumpFormat.Custom && reload) facts = facts with { WhyLoaded = facts.WhyLoaded ?? "that was asked for" };
            // Whether its script may be run is known before anything is begun.
            return facts.WhyLoaded is null || facts.Format == DumpFormat.Script ? facts : await RestoredAsync(facts,
                ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && DumpFile.Explain(e, path) is { } error) { throw error; }
        finally { progress.Close(); }
    }

    /// <summary>The dump as a script, for what must be loaded; dispose of it.</summary>
    public static async Task<DumpScript> OpenScriptAsync(DumpFacts facts, CancellationToken ct)
    {
        if (facts.Format == DumpFormat.Directory) return new DumpScript(Restore(facts, Stream.Null, facts.Path), facts.Path, null);
        DumpFile file = await DumpFile.OpenAsync(facts.Path, null, ct).ConfigureAwait(false);
        return new DumpScript(facts.Format switch
        {
            DumpFormat.Script => file.Plain,
            DumpFormat.Tar => Restore(facts, file.Plain, "--format=tar"),
            _ => Restore(facts, file.Plain, "--format=custom"),
        }, facts.Path, file.File);
    }

    /// <summary>pg_restore connects to nothing here: it writes what it would say to a server.</summary>
    private static ProgramSource Restore(DumpFacts facts, Stream archive, string last)
    {
        string program = PostgresTools.Locate("pg_restore", Recovery.Preflight.Major(facts.ServerVersion));
        return new ProgramSource(new ProgramCall(program, "--create", "--file=-", last) { StartsEmpty = true }, archive, e =>
            DumpFile.Explain(e, facts.Path)!);
    }

    private static DumpFacts Begin(DumpFile file) => new()
    {
        Path = file.File.Path, Format = file.Format, Packing = file.Packing, Bytes = file.File.Bytes, ModifiedAt = file.File.ModifiedAt,
            Sha256 = "",
    };

    private static async Task<DumpFacts> CustomAsync(DumpFile file, CancellationToken ct)
    {
        var reader = new ArchiveReader(file.Plain);
        ArchiveHeader header = await reader.ReadHeaderAsync(ct).ConfigureAwait(false);
        DumpFacts facts = Described(Begin(file), header);
        if (header.Compression == ArchiveCompression.Lz4 || (header.Compression == ArchiveCompression.Zstd && !Zstd.IsAvailable))
            return facts with { WhyLoaded = $"it is compressed with {header.Compression} inside, which this module does not read" };
        ZonedTimes times = new(header);
        (DumpContent content, _) = await new DumpDigester(reader, null) { OnRows = (table, rows) => times.Look(table,
            rows.Span) }.RunAsync(header, ct).ConfigureAwait(false);
        facts = facts with { Rows = content.Tables.Sum(t => t.Rows) };
        return times.Found is null ? facts
            : facts with { WhyLoaded = $"times in it are not in UTC (table {times.Found}), so that its digests would fit no restored "
                + $"table" };
    }

    private static async Task<DumpFacts> TarAsync(DumpFile file, CancellationToken ct)
    {
        byte[] first = new byte[TarHeader];
        await file.Plain.ReadExactlyAsync(first, ct).ConfigureAwait(false);
        if (!first.AsSpan().StartsWith("toc.dat\0"u8))
            throw ImportErrors.NotADump.Make($"{file.File.Path} is a tar file, and its first file is not toc.dat: pg_dump has not "
                + $"written it.", "Unpack it and import the dumps in it.", file.File.Path);
        ArchiveHeader header = await new ArchiveReader(file.Plain).ReadContentsAsync(ct).ConfigureAwait(false);
        return Described(Begin(file), header) with { WhyLoaded = "it is a tar file" };
    }

    private static async Task<DumpFacts> FolderAsync(string path, Action<long> onProgress, CancellationToken ct)
    {
        (ArchiveHeader header, string sha, long bytes, DateTimeOffset modified) = await DumpFolder.ReadAsync(path, onProgress,
            ct).ConfigureAwait(false);
        var facts = new DumpFacts { Path = path, Format = DumpFormat.Directory, Bytes = bytes, ModifiedAt = modified, Sha256 = sha };
        return await RestoredAsync(Described(facts, header) with { WhyLoaded = "it is a folder" }, ct).ConfigureAwait(false);
    }

    private static async Task<DumpFacts> RestoredAsync(DumpFacts facts, CancellationToken ct)
    {
        await using DumpScript script = await OpenScriptAsync(facts, ct).ConfigureAwait(false);
        DumpFacts found = await ScriptAsync(facts, script.Text, ct).ConfigureAwait(false);
        return facts with { Rows = found.Rows, Extensions = found.Extensions };
    }

    private static async Task<DumpFacts> ScriptAsync(DumpFacts facts, Stream script, CancellationToken ct)
    {
        var walk = new ScriptWalk(facts.Path);
        var summary = new ScriptSummary();
        await walk.RunAsync(script, summary, ct).ConfigureAwait(false);
        return facts with
        {
            ServerVersion = walk.ServerVersion, MadeAt = walk.MadeAt, Tables = summary.Made.Count, Rows = summary.RowCount,
            Extensions = summary.Extensions, Schemas = [.. summary.Schemas], SaysLocale = walk.Database is not null,
            IsDataOnly = summary is { Made.Count: 0, RowCount: > 0 }, WhyLoaded = facts.WhyLoaded ?? "it is a script",
            WithoutRows = [.. summary.Unfilled.Where(t => !walk.WithData.Contains(t))],
        };
    }

    private static DumpFacts Described(DumpFacts facts, ArchiveHeader header)
    {
        ArchiveEntry[] tables = [.. header.Entries.Where(e => e.Description == "TABLE" && !e.Definition.Contains("PARTITION BY",
            StringComparison.OrdinalIgnoreCase))];
        HashSet<(string?, string)> data = [.. header.Entries.Where(e => e.Description == "TABLE DATA").Select(e => (e.Schema, e.Tag))];
        return facts with
        {
            ServerVersion = header.ServerVersion.Split(' ')[0], MadeAt = header.MadeAt, Tables = tables.Length,
            IsDataOnly = data.Count > 0 && !header.Entries.Any(e => e.Description == "TABLE"),
            WithoutRows = [.. tables.Where(t => !data.Contains((t.Schema, t.Tag))).Select(t => $"{t.Schema}.{t.Tag}")],
            Schemas = [.. header.Entries.Select(e => e.Description == "SCHEMA" ? e.Tag
                : e.Schema).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
            Extensions = [.. header.Entries.Where(e => e.Description == "EXTENSION").Select(e => (e.Tag, (string?)null))],
        };
    }

    private static long SizeOf(string path)
    {
        try { return File.Exists(path) ? new FileInfo(path).Length : 0; }
        catch (IOException) { return 0; }
    }
}
