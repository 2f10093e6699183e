using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>A key of an env file.</summary>
internal sealed class EnvFilePlace : TextPlace
{
    private readonly OpsContext _context;
    private readonly ProjectReading _project;
    private readonly PlaceFile _file;

    public EnvFilePlace(OpsContext context, SecretUse use, ProjectReading project) : base(use)
    {
        (_context, _project, Key) = (context, project, use.Key!);
        _file = new PlaceFile(context, use.File!);
    }

    /// <summary>The variable.</summary>
    public string Key { get; }

    /// <summary>The file's full path.</summary>
    public string Path => _file.Path;

    /// <summary>True where it is the file of the project's own variables, for which a shell's count more.</summary>
    public bool IsOfProject => _project.ProjectFiles.Contains(Path);

    /// <summary>How the file was written the last time; null when it was not.</summary>
    public FileWriting? Written { get; private set; }

    public override string Words => $"{Use.FileAsWritten ?? Path}#{Key}";

    public override IReadOnlyList<PlaceReader> Readers => _project.OfVariable(Path, Key);

    public override Task<string> IdentifyAsync(CancellationToken cancellationToken) => Task.FromResult(_file.Identify());

    /// <summary>How the file is read here.</summary>
    private EnvDialect Dialect => _project.DialectOf(Path) ?? EnvDialect.ComposeGo;

    protected override Task<string?> ReadTextAsync(CancellationToken ct)
    {
        EnvFile file = Sound(EnvFile.Parse(_file.ReadText(), Dialect));
        if (file.IsMadeOfOthers(Key))
            throw PlaceErrors.PlaceUnclear.Make($"The value of {Words} is made of other variables, so that it does not stand there.",
                "Name the place where it stands, or write it there as it is, in single quotes.", Words);
        string? value = file.Values().All.GetValueOrDefault(Key);
        // Without a Compose nobody knows how it is read; where the two agree it does not matter.
        if (_project.DialectOf(Path) is null
            && EnvFile.Parse(_file.ReadText(), EnvDialect.PythonDotenv).Values().All.GetValueOrDefault(Key) != value)
            throw PlaceErrors.PlaceUnclear.Make($"Compose v1 and v2 make different values of {Words}, and no Compose is in use here.",
                "Write it in single quotes, without \\ and '.", Words);
        return Task.FromResult(value);
    }

    protected override async Task CheckTextAsync(string text, CancellationToken ct)
    {
        EnvFile changed = Sound(EnvFile.Parse(_file.ReadText(), Dialect)).Set(Key, text);
        if (_project.DialectOf(Path) is not { } dialect)
        {
            if (EnvFile.Parse(changed.ToString(), EnvDialect.PythonDotenv).Values().All.GetValueOrDefault(Key) != text)
                throw NotCarried("no way of writing it means the same to all that read env files");
            return;
        }
        if (dialect == EnvDialect.Raw) return;
        var line = new ProbedLine(Path, Key, changed.Entries.Last(e => e.Key == Key).Text, text, NotCarried);
        if (PlanLook.Of(_context) is { } look) look.Add(line);
        else await ProbedLine.ProveAsync(_context, [line], ct).ConfigureAwait(false);
    }

    protected override async Task WriteTextAsync(ChangeRun run, string text, CancellationToken ct)
    {
        (string, string, string)[] expected = Expected(text);
        // Letters and digits are read alike everywhere, and what services get of them Compose is asked right after.
        bool isAskedAfter = expected.Length > 0 && _project.DialectOf(Path) is not null && text.All(char.IsAsciiLetterOrDigit);
        if (!isAskedAfter) await CheckTextAsync(text, ct).ConfigureAwait(false);
        string before = _file.ReadText();
        string after = With(before, text);
        Written = await _file.WriteAsync(run, after, before, inPlace: false, token => _project.ProveAsync(expected, [Key], token), ct)
            .ConfigureAwait(false);
    }

    /// <summary>What setting the value makes of the file's text.</summary>
    public string With(string before, string text) => Sound(EnvFile.Parse(before, Dialect)).Set(Key, text).ToString();

    protected override async Task ProveTextAsync(string text, CancellationToken ct)
    {
        if (await _project.ProveAsync(Expected(text), [Key], ct).ConfigureAwait(false) is { } wrong) throw PlaceFile.Wrong(Path, wrong);
    }

    public override void Mend(ChangeRun run) => _file.Mend(run);

    /// <summary>What services get whose variable holds the text and nothing else.</summary>
    private (string Service, string Variable, string Value)[] Expected(string text) => [.. Readers
        .Where(r => r is { IsWhole: true, Variable: not null }).Select(r => (r.Service, r.Variable!, text))];

    private EnvFile Sound(EnvFile file) => file.Fault is { } fault
        ? throw PlaceErrors.PlaceUnclear.Make($"Compose refuses {Path}: {fault}.", "Correct that line first.", Path) : file;

    private OpsException NotCarried(string why) => PlaceErrors.ValueNotCarried.Make(
        $"{Words} cannot carry the value: {why}. Nothing was written.",
        "Take a value of letters and digits, or one without quotes, $, \\ and ends of lines.", Words);
}
