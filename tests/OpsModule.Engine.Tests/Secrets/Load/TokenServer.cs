using System.Collections.Concurrent;

namespace OpsModule.Engine.Tests.Secrets.Load;

/// <summary>A small server of the tests that takes tokens which somebody else makes and disables.</summary>
internal sealed class TokenServer : HttpStub
{
    /// <summary>The tokens that count.</summary>
    public ConcurrentDictionary<string, bool> Tokens { get; } = new();

    protected override (int Status, string Body, string Headers) Answer(StubRequest request)
    {
        string token = request.Header("Authorization").Replace("Bearer ", "", StringComparison.Ordinal);
        return (Tokens.ContainsKey(token) ? 200 : 401, "{}", "");
    }
}
