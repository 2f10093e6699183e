using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Net;
using System.Security;
using OpsModule.Connections.Vaults;
using OpsModule.Foundations.Errors;

namespace OpsModule;

/// <summary>
/// Reads secrets through Microsoft.PowerShell.SecretManagement, for one call of a cmdlet: what was read is kept in memory until the call ends. It
/// asks in a session of its own that has nobody to prompt, so that any thread may ask and a locked vault is an error and no question.
/// </summary>
internal sealed class CallVault : ISecretVault, IDisposable
{
    private const string Module = "Microsoft.PowerShell.SecretManagement";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<(string? Vault, string Name), string> _read = new();
    private readonly ConcurrentDictionary<string, string> _elsewhere = new(StringComparer.Ordinal);
    private readonly object _gate = new();
    private Runspace? _session;
    private bool _isClosed;

    public string Read(string? vault, string name) => _read.TryGetValue((vault, name), out string? known) ? known : _read[(vault, name)] = Ask(vault, name);

    public string Once(string id, Func<string> read) => _elsewhere.GetOrAdd(id, _ => read());

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _read.Clear();
            _elsewhere.Clear();
            _session?.Dispose();
            _session = null;
        }
    }

    private string Ask(string? vault, string name)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _session ??= Open(vault, name);
            IReadOnlyList<PSObject> found;
            try
            {
                found = Invoke(_session, shell =>
                {
                    shell.AddCommand(Module + @"\Get-Secret").AddParameter("Name", name).AddParameter("ErrorAction", "Stop");
                    if (vault is not null) shell.AddParameter("Vault", vault);
                });
            }
            catch (RuntimeException e)
            {
                // Its message and its id are the vault's own, and what stands in them nobody knows.
                throw Unread(vault, name, $"Get-Secret failed ({e.ErrorRecord.CategoryInfo.Category}, {(e.ErrorRecord.Exception ?? e).GetType().Name})");
            }
            return found switch
            {
                [] => throw Unread(vault, name, "there is none of this name"),
                [var one] => Text(one?.BaseObject) ?? throw Unread(vault, name, $"it is a {one?.BaseObject.GetType().Name ?? "null"}, and a String, SecureString or PSCredential was expected"),
                _ => throw Unread(vault, name, $"there are {found.Count} of this name"),
            };
        }
    }

    private static Runspace Open(string? vault, string name)
    {
        Runspace session = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        try
        {
            session.Open();
            Invoke(session, shell => shell.AddCommand("Import-Module").AddParameter("Name", Module).AddParameter("ErrorAction", "Stop"));
            return session;
        }
        catch (RuntimeException e)
        {
            session.Dispose();
            throw new OpsException("SecretProviderUnsupported", OpsErrorCategory.InvalidOperation, $"The secret {Reference(vault, name)} is in a vault, and the module {Module} cannot be loaded here.",
                $"Install it (Install-PSResource {Module}) with the vault's own module, or use env:NAME or file:PATH#KEY in its place, filled from the vault before the run.", Reference(vault, name), e);
        }
    }

    private static List<PSObject> Invoke(Runspace session, Action<PowerShell> command)
    {
        using var shell = PowerShell.Create();
        shell.Runspace = session;
        command(shell);
        IAsyncResult call = shell.BeginInvoke();
        if (!call.AsyncWaitHandle.WaitOne(Patience))
        {
            shell.BeginStop(null, null);
            throw new RuntimeException($"no answer in {Patience.TotalSeconds} seconds", null, new ErrorRecord(new TimeoutException(), "NoAnswer", ErrorCategory.OperationTimeout, null));
        }
        return [.. shell.EndInvoke(call)];
    }

    private static string? Text(object? secret) => secret switch
    {
        string text => text,
        SecureString secure => new NetworkCredential("", secure).Password,
        PSCredential credential => credential.GetNetworkCredential().Password,
        _ => null,
    };

    private static string Reference(string? vault, string name) => "vault:" + (vault is null ? "" : vault + "/") + name;

    private static OpsException Unread(string? vault, string name, string why) => new("SecretNotFound", OpsErrorCategory.ObjectNotFound,
        $"The secret {name} cannot be read from {(vault is null ? "the vaults of this user" : $"the vault {vault}")}: {why}.",
        $"Try Get-Secret -Name '{name.Replace("'", "''", StringComparison.Ordinal)}'{(vault is null ? "" : $" -Vault '{vault.Replace("'", "''", StringComparison.Ordinal)}'")}; unlock the vault first when it asks for a password, for nobody is asked here.", Reference(vault, name));
}
