using System.Globalization;
using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>Keys that a program of a service lists, makes and revokes. What it writes is shown nowhere: it may hold a key.</summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="secret">The secret's name.</param>
/// <param name="command">The programs.</param>
internal sealed class CommandKeyIssuer(OpsContext context, string secret, ApiKeyCommand command) : IKeyIssuer
{
    private const string NamePart = "{name}", IdPart = "{id}";
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly KeyAnswer _answer = new($"the program for keys of {secret} in {command.Service}", command.Fields);

    public string Words => $"{command.Create[0]} in {command.Service}";

    public string Identity => $"{command.Service}: {string.Join(' ', command.Create)}";

    /// <summary>What a program has revoked stays revoked.</summary>
    public bool Restores => false;

    public async Task<IReadOnlyList<IssuedKey>> ListAsync(CancellationToken cancellationToken) =>
        _answer.ReadList(await RunAsync(command.List, cancellationToken).ConfigureAwait(false));

    public async Task<NewKey> CreateAsync(ChangeRun run, string label, string made, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        return _answer.ReadNew(await RunAsync(With(command.Create, NamePart, label), cancellationToken).ConfigureAwait(false));
    }

    public Task<IReadOnlyDictionary<string, OpsException>> RevokeAsync(ChangeRun run, IReadOnlyList<string> ids,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        return KeyRevocation.EachAsync(ids, id => RunAsync(With(command.Revoke, IdPart, id), cancellationToken), cancellationToken);
    }

    public Task RestoreAsync(ChangeRun run, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        throw ApiKeyErrors.ApiKeyUnsupported.Make($"{Words} makes no revoked key valid again.", "Make a new one: New-OpsApiKey.", secret);

    /// <summary>Each argument is one, whatever a name or an id holds: no shell reads them.</summary>
    private static IReadOnlyList<string> With(IReadOnlyList<string> program, string place, string text)
    {
        // What begins with a dash would be an option of the program.
        if (text.StartsWith('-'))
            throw ApiKeyErrors.ApiKeyUnsupported.Make($"'{text}' begins with a dash, and would be an option of {program[0]}.",
                "Use another name.", text);
        return [program[0], .. program.Skip(1).Select(a => a.Replace(place, text, StringComparison.Ordinal))];
    }

    private async Task<string> RunAsync(IReadOnlyList<string> program, CancellationToken ct)
    {
        IServicePlatform platform = context.Platform();
        IReadOnlyList<ServiceRecord> found = await new ServiceCatalog(platform).ListAsync([command.Service], e => throw e, ct)
            .ConfigureAwait(false);
        ServiceInstance instance = ServiceCommand.Choose(found.First(s => s.Name == command.Service), null);
        using var output = new MemoryStream();
        int code = await platform.ExecuteAsync(instance, new ExecuteRequest(program), (isError, bytes) =>
        {
            if (!isError && output.Length + bytes.Length <= MostBytes) output.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }, ct).ConfigureAwait(false);
        return code == 0 ? Encoding.UTF8.GetString(output.ToArray()) : throw ApiKeyErrors.ApiKeyRefused.Make(
            $"{program[0]} in {instance.Name} ended with exit code {code.ToString(CultureInfo.InvariantCulture)}; 0 was expected. What it "
            + "wrote is not shown: it may hold a key.", $"Run it by hand there, and correct secrets.{secret}.apiKey.command.", secret);
    }
}
