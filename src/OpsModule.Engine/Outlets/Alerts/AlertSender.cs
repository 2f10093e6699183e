using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>Sends to one receiver, in its own language.</summary>
internal static class AlertSender
{
    public static Task SendAsync(ReceiverSettings receiver, AlertNotice notice, TimeProvider time, CancellationToken cancellationToken) => receiver.Kind switch
    {
        ReceiverKind.Smtp => MailSender.SendAsync(receiver.Smtp!, MailText.Write(receiver.Smtp!, notice, time.GetUtcNow()), cancellationToken),
        ReceiverKind.Slack => Post(receiver, time).SendAsync(SlackText.Write(notice), "application/json", cancellationToken),
        _ => Post(receiver, time).SendAsync(AlertJson.Write(notice), "application/json", cancellationToken),
    };

    /// <summary>Where it goes, without the secret part.</summary>
    public static string Describe(ReceiverSettings receiver)
    {
        if (receiver.Smtp is { } smtp) return $"{string.Join(", ", smtp.To)} by {smtp}";
        try { return $"{receiver.Kind.ToString().ToLowerInvariant()} at {HttpTargets.Resolve(receiver.Url!).Authority}"; }
        catch (OpsException) { return $"{receiver.Kind.ToString().ToLowerInvariant()} at {receiver.Url}"; }
    }

    private static HttpPost Post(ReceiverSettings receiver, TimeProvider time) => new(receiver.Url!, receiver.Bearer, receiver.Headers, receiver.Timeout, time);
}
