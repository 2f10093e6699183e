using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Attacks.Logins;

/// <summary>The messages of sshd, PAM and their kin about one login.</summary>
internal static partial class LoginPatterns
{
    /// <summary><c>host sshd[123]: </c></summary>
    [GeneratedRegex(@"^.{0,60}?(?<host>[\w.:-]+) (?<program>[a-z][\w./-]{1,30})(\([^)]{1,40}\))?\[(?<pid>\d{1,10})\]: ", RegexOptions.CultureInvariant)]
    internal static partial Regex Tag();

    [GeneratedRegex(@"^message repeated (?<n>\d{1,6}) times: \[ (?<m>.*)\]\s*$", RegexOptions.CultureInvariant)]
    internal static partial Regex Repeated();

    [GeneratedRegex(@"^(pam_\w+\([^)]*\): |PAM )?(?<n>\d{1,4}) more authentication failures?[;,]", RegexOptions.CultureInvariant)]
    internal static partial Regex More();

    [GeneratedRegex(@"(: (?<n>\d{1,4}) incorrect password attempts?\b|\(auth failed, (?<n>\d{1,4}) attempts|^Exit before auth \(user '[^']*', (?<n>\d{1,4}) fails?\))", RegexOptions.CultureInvariant)]
    internal static partial Regex Tries();

    [GeneratedRegex(@"^(Failed (password|none|keyboard-interactive\S*|publickey|hostbased|gssapi\S*|challenge-response) for |Bad password attempt for |FAIL LOGIN: |\[[^\]]*\] FAIL LOGIN: )", RegexOptions.CultureInvariant)]
    internal static partial Regex Attempt();

    private const string Signs =
        @"^(Invalid user |Illegal user |input_userauth_request: invalid user |pam_\w+\([^)]*\): authentication failure"
        + "|error: PAM: |User .* not allowed because |Login attempt for nonexistent user|FAILED SU )";

    [GeneratedRegex(Signs, RegexOptions.CultureInvariant)]
    internal static partial Regex Sign();

    private const string Ends =
        "^(Connection (closed|reset) by (authenticating|invalid) user |Disconnected from (authenticating|invalid) user |Disconnecting "
        + "|error: maximum authentication attempts|Received disconnect from |Exit before auth|fatal: Timeout before authentication|Too many authentication failures)";

    [GeneratedRegex(Ends, RegexOptions.CultureInvariant)]
    internal static partial Regex End();
}
