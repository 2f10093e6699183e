using System.Text;
using System.Text.Json;

namespace OpsModule.Engine.Tests.Secrets.Values;

/// <summary>A small server that says it is Grafana's API, because none is to be had here: one user, who may set his password.</summary>
internal sealed class GrafanaServer(string password) : HttpStub
{
    /// <summary>The password that counts.</summary>
    public string Password { get; private set; } = password;

    /// <summary>What every request is answered with; null for what is right.</summary>
    public int? Ill { get; set; }

    /// <summary>How many logins of the user were wrong, for which Grafana would lock him out.</summary>
    public int Wrong { get; private set; }

    protected override (int Status, string Body, string Headers) Answer(StubRequest request)
    {
        if (Ill is { } status) return (status, "", "");
        string login = Encoding.UTF8.GetString(Convert.FromBase64String(request.Header("Authorization")["Basic ".Length..]));
        if (request.Header("Authorization") != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("admin:" + Password)))
        {
            if (login.StartsWith("admin:", StringComparison.Ordinal)) Wrong++;
            return (401, """{"message":"Invalid username or password","messageId":"password-auth.failed"}""", "");
        }
        if (request is { Method: "GET", Path: "/grafana/api/org" }) return (200, """{"id":1,"name":"Main Org."}""", "");
        if (request is not { Method: "PUT", Path: "/grafana/api/user/password" }) return (404, "", "");
        JsonElement body = JsonDocument.Parse(request.Body).RootElement;
        if (body.GetProperty("oldPassword").GetString() != Password) return (401, """{"message":"Invalid old password"}""", "");
        Password = body.GetProperty("newPassword").GetString()!;
        return (200, """{"message":"User password changed"}""", "");
    }
}
