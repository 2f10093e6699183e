using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>Runs the program that is asked for, really, on this machine; by the websocket protocol v5.channel.k8s.io.</summary>
internal static class KubeExec
{
    private const string Protocol = "v5.channel.k8s.io";
    private const byte Input = 0, Output = 1, Errors = 2, End = 3, Close = 255;

    public static async Task RunAsync(HttpListenerContext context, CancellationToken ct)
    {
        string[] command = context.Request.QueryString.GetValues("command") ?? [];
        bool reads = context.Request.QueryString["stdin"] == "true";
        using WebSocket socket = (await context.AcceptWebSocketAsync(Protocol)).WebSocket;
        var turn = new SemaphoreSlim(1);
        var info = new ProcessStartInfo(command[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in command.Skip(1)) info.ArgumentList.Add(argument);
        try
        {
            using Process process = Process.Start(info)!;
            if (!reads) process.StandardInput.Close();
            Task receiving = ReceiveAsync(socket, process.StandardInput.BaseStream, ct);
            await Task.WhenAll(SendAsync(socket, turn, Output, process.StandardOutput.BaseStream, ct), SendAsync(socket, turn, Errors, process.StandardError.BaseStream, ct));
            await process.WaitForExitAsync(ct);
            await SendAsync(socket, turn, End, Status(process.ExitCode), ct);
            // kubectl hangs up when it has read that; closing before it has makes it lose the exit code.
            await Task.WhenAny(receiving, Task.Delay(TimeSpan.FromSeconds(5), ct));
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, ct);
            // What is not read would make the connection end with a reset.
            await receiving;
            return;
        }
        catch (Win32Exception)
        {
            await SendAsync(socket, turn, End, new JsonObject
            {
                ["metadata"] = new JsonObject(), ["status"] = "Failure", ["reason"] = "InternalError", ["code"] = 500,
                ["message"] = "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec \"1f\": OCI runtime exec failed: exec failed: "
                    + $"unable to start container process: exec: \"{command[0]}\": executable file not found in $PATH: unknown",
            }, ct);
        }
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, ct);
    }

    private static JsonObject Status(int exitCode) => exitCode == 0 ? new JsonObject { ["metadata"] = new JsonObject(), ["status"] = "Success" } : new JsonObject
    {
        ["metadata"] = new JsonObject(), ["status"] = "Failure", ["message"] = $"command terminated with non-zero exit code: exit status {exitCode}", ["reason"] = "NonZeroExitCode",
        ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = exitCode.ToString() }) },
    };

    private static Task SendAsync(WebSocket socket, SemaphoreSlim turn, byte channel, JsonObject status, CancellationToken ct) =>
        SendAsync(socket, turn, channel, new MemoryStream(System.Text.Encoding.UTF8.GetBytes(status.ToJsonString())), ct);

    private static async Task SendAsync(WebSocket socket, SemaphoreSlim turn, byte channel, Stream from, CancellationToken ct)
    {
        byte[] buffer = new byte[32 * 1024];
        buffer[0] = channel;
        for (int read; (read = await from.ReadAsync(buffer.AsMemory(1), ct)) > 0;)
        {
            await turn.WaitAsync(ct);
            try { await socket.SendAsync(buffer.AsMemory(0, read + 1), WebSocketMessageType.Binary, true, ct); }
            finally { turn.Release(); }
        }
    }

    private static async Task ReceiveAsync(WebSocket socket, Stream input, CancellationToken ct)
    {
        byte[] buffer = new byte[64 * 1024];
        int channel = -1;
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), ct) is { MessageType: WebSocketMessageType.Binary } got)
            {
                // A message may come in parts, and only the first one names its channel.
                int skip = channel < 0 ? 1 : 0;
                if (channel < 0) channel = buffer[0];
                try
                {
                    if (channel == Input) await input.WriteAsync(buffer.AsMemory(skip, got.Count - skip), ct);
                    if (channel == Input) await input.FlushAsync(ct);
                    if (channel == Close) input.Close();
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException) { /* it has ended without reading all */ }
                if (got.EndOfMessage) channel = -1;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException) { }
    }
}
