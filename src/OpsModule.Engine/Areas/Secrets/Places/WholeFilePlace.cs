using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>
/// A file that is the value, such as one of <c>secrets:</c> of a compose file. It stays the same file, so that containers that have it
/// mounted
/// see the change; a line end that closes it stays.
/// </summary>
internal sealed class WholeFilePlace(OpsContext context, SecretUse use, ProjectReading project) : TextPlace(use)
{
    private readonly PlaceFile _file = new(context, use.File!);

    public override string Words => Use.FileAsWritten ?? _file.Path;

    public override IReadOnlyList<PlaceReader> Readers => project.OfFile(_file.Path);

    public override Task<string> IdentifyAsync(CancellationToken cancellationToken) => Task.FromResult(_file.Identify());

    protected override Task<string?> ReadTextAsync(CancellationToken ct) => Task.FromResult<string?>(Split(_file.ReadText()).Text);

    protected override Task CheckTextAsync(string text, CancellationToken ct) => text.EndsWith('\n')
        ? throw PlaceErrors.ValueNotCarried.Make($"{Words} cannot carry a value that ends with a line end.", "Take another value.", Words)
        : Task.CompletedTask;

    protected override async Task WriteTextAsync(ChangeRun run, string text, CancellationToken ct)
    {
        await CheckTextAsync(text, ct).ConfigureAwait(false);
        string before = _file.ReadText();
        (string mark, _, string end) = Split(before);
        await _file.WriteAsync(run, mark + text + end, before, inPlace: true, null, ct).ConfigureAwait(false);
    }

    public override void Mend(ChangeRun run) => _file.Mend(run);

    private static (string Mark, string Text, string End) Split(string text)
    {
        string mark = text.StartsWith('\uFEFF') ? text[..1] : "";
        string end = text.EndsWith("\r\n", StringComparison.Ordinal) ? "\r\n" : text.EndsWith('\n') ? "\n" : "";
        return (mark, text[mark.Length..^end.Length], end);
    }
}
