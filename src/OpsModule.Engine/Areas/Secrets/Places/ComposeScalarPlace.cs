using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>A line of <c>environment:</c> of a service in a compose file.</summary>
internal sealed class ComposeScalarPlace(OpsContext context, SecretUse use, ProjectReading project) : TextPlace(use)
{
    private readonly string _service = use.Service!, _key = use.Key!;

    public override string Words => $"{Use.FileAsWritten ?? Use.File ?? "the compose file"}: environment of {_service}#{_key}";

    public override IReadOnlyList<PlaceReader> Readers => [new PlaceReader(_service, _key, true)];

    public override Task<string> IdentifyAsync(CancellationToken cancellationToken) => Task.FromResult(FileOf(Find()).Identify());

    protected override Task<string?> ReadTextAsync(CancellationToken ct) => Task.FromResult<string?>(Find().Value);

    protected override Task CheckTextAsync(string text, CancellationToken ct)
    {
        Find().With(text);
        return Task.CompletedTask;
    }

    protected override async Task WriteTextAsync(ChangeRun run, string text, CancellationToken ct)
    {
        ComposeScalar scalar = Find();
        PlaceFile file = FileOf(scalar);
        await file.WriteAsync(run, scalar.With(text), file.ReadText(), inPlace: false,
            token => project.ProveAsync([(_service, _key, text)], [], token), ct).ConfigureAwait(false);
    }

    protected override async Task ProveTextAsync(string text, CancellationToken ct)
    {
        if (await project.ProveAsync([(_service, _key, text)], [], ct).ConfigureAwait(false) is { } wrong)
            throw PlaceFile.Wrong(Find().File, wrong);
    }

    public override void Mend(ChangeRun run)
    {
        foreach (string path in Files) new PlaceFile(context, path).Mend(run);
    }

    private IEnumerable<string> Files => Use.File is { } named ? [named] : project.Source?.Files
        ?? throw PlaceErrors.PlaceUnsupported.Make($"There is no compose file in which {_key} of {_service} could stand.",
            "Correct platform.compose.file, or name the file of the place.", _key);

    private ComposeScalar Find() =>
        ComposeScalar.Find([.. Files.Select(f => (f, new PlaceFile(context, f).ReadText()))], _service, _key);

    private PlaceFile FileOf(ComposeScalar scalar) => new(context, scalar.File);
}
