using OpsModule.Engine.Areas.Attacks.Logins;

namespace OpsModule.Engine.Areas.Attacks.Counting;

/// <summary>
/// Makes of lines about logins what they stand for: takes out those of which another line has told, and says how many logins one stands
/// for.
/// </summary>
internal sealed class LoginAttempts
{
    private readonly AttemptJoiner _joiner = new();

    /// <summary>Takes the matches of one source in the order of its lines.</summary>
    public void Join(List<AttackMatch> matches)
    {
        int to = 0;
        long line = -1;
        int counted = 0;
        for (int i = 0; i < matches.Count; i++)
        {
            AttackMatch match = matches[i];
            if (match.Login is { } login)
            {
                // Several rules may have found something in one line.
                if (line < 0 || match.Line != line || match.ByteOffset < 0) counted = _joiner.Count(login, match.Time);
                line = match.Line;
                if (counted == 0) continue;
                if (counted > 1) match = match with { Attempts = counted };
            }
            matches[to++] = match;
        }
        matches.RemoveRange(to, matches.Count - to);
    }
}
