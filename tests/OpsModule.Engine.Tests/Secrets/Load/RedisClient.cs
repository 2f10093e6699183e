using System.Net.Sockets;

namespace OpsModule.Engine.Tests.Secrets.Load;

/// <summary>A client of Redis that logs in, asks for one thing, and goes; it speaks for itself, without any library.</summary>
public static class RedisClient
{
    /// <summary>Logs in whenever it is asked, to the servers in turn: null when it was let in, else the answer's first word.</summary>
    public static Func<Credential, Task<string?>> At(string user, params int[] ports)
    {
        int turn = 0;
        return c => LogInAsync(ports[(uint)Interlocked.Increment(ref turn) % ports.Length], user, c.Value);
    }

    private static async Task<string?> LogInAsync(int port, string user, string password)
    {
        try
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync("127.0.0.1", port);
            using var reader = new StreamReader(client.GetStream());
            using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true, NewLine = "\r\n" };
            foreach (string command in new[] { $"AUTH {user} {password}", "PING" })
            {
                await writer.WriteLineAsync(command);
                string? answer = await reader.ReadLineAsync();
                if (answer is null) return "closed";
                if (answer.StartsWith('-')) return answer.Substring(1).Split(' ')[0];
            }
            return null;
        }
        catch (Exception e) when (e is IOException or SocketException) { return e.GetType().Name; }
    }
}
