using System.Net.Sockets;
using OpsModule.Connections.Platforms.Contract.Vantages;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Secrets.Proving;

/// <summary>
/// From where a value is tried: from the network of an instance of a service that uses it; where that cannot be, from this machine, and it
/// is said why.
/// </summary>
internal sealed class ProofStand : IDisposable
{
    private const string Here = "this machine";

    private readonly ServiceVantage? _vantage;
    private readonly string _words;
    private string? _missed;

    private ProofStand(ServiceVantage? vantage, string words) => (_vantage, _words) = (vantage, words);

    /// <summary>Finds it. That there is none is no error.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="entry">The secret, whose places tell who uses it.</param>
    /// <param name="server">The service that is asked, which comes last: its own clients stand elsewhere.</param>
    /// <param name="isKnownThere">False where nothing tells by which address services know the server.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<ProofStand> FindAsync(OpsContext context, SecretEntry entry, string? server, bool isKnownThere,
        CancellationToken cancellationToken)
    {
        try
        {
            string[] services = [.. SecretPlaces.Open(context, entry).SelectMany(p => p.Services).Distinct(StringComparer.Ordinal)
                .OrderBy(s => s == server)];
            VantageAnswer at = await ServiceVantages.FindAsync(context, services, cancellationToken).ConfigureAwait(false);
            if (at.Vantage is null) return new ProofStand(null, at.Reason is { } reason ? NotThere(reason) : Here);
            if (isKnownThere) return new ProofStand(at.Vantage, at.Vantage.Words);
            string words = at.Vantage.Words;
            at.Vantage.Dispose();
            return new ProofStand(null, NotThere($"nothing tells by which address {words} knows the server"));
        }
        // What keeps us from going there keeps nobody from asking from here.
        catch (OpsException e) { return new ProofStand(null, NotThere(e.Message.TrimEnd('.'))); }
    }

    /// <summary>Asks from there, and once more from here where nobody could be reached from there.</summary>
    /// <param name="ask">
    /// Asks. It is given what makes its connections, to a host and a port as the service knows them; null for those of this machine.
    /// </param>
    /// <param name="saysNothing">Whether an answer tells neither that the value is right nor that it is wrong.</param>
    /// <returns>What was answered, and from where it was asked, in words.</returns>
    public async Task<(T Answer, string From)> AskAsync<T>(Func<Func<string, int, CancellationToken, Task<Socket>>?, Task<T>> ask,
        Func<T, bool> saysNothing)
    {
        if (_vantage is null) return (await ask(null).ConfigureAwait(false), _words);
        T there = await ask(ConnectAsync).ConfigureAwait(false);
        if (_missed is not { } missed || !saysNothing(there)) return (there, _words);
        return (await ask(null).ConfigureAwait(false), NotThere(missed));
    }

    public void Dispose() => _vantage?.Dispose();

    private async Task<Socket> ConnectAsync(string host, int port, CancellationToken ct)
    {
        string place = $"{_words} does not reach {host}:{port.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
        // Also where nobody answers at all, and the wait is ended by whoever asks.
        _missed = place;
        try
        {
            Socket made = await _vantage!.ConnectAsync(host, port, ct).ConfigureAwait(false);
            _missed = null;
            return made;
        }
        catch (SocketException e)
        {
            _missed = $"{place} ({SocketWords.Of(e)})";
            throw;
        }
    }

    private static string NotThere(string reason) => $"{Here}, and not from a service that uses it: {reason}";
}
