using OpsModule.Engine;
using OpsModule.Host.Running;

namespace OpsModule.Host.Writing;

/// <summary>The real terminal: messages and the progress line go to standard error, objects alone to standard output.</summary>
internal sealed class TerminalConsole(bool json) : IConsole
{
    private readonly bool _terminal = !Console.IsErrorRedirected;
    private bool _progressShown;

    public void Error(OpsException error)
    {
        Line($"{error.ErrorId}: {error.Message}", "31");
        if (error.RecommendedAction.Length > 0) Line(error.RecommendedAction, null, indent: 2);
    }

    public void Warning(string message) => Line("WARNING: " + message, "33");

    public void Verbose(string message) => Line("VERBOSE: " + message, null);

    public void WhatIf(string message)
    {
        ClearProgress();
        bool toError = json;
        int width = (toError ? Console.IsErrorRedirected : Console.IsOutputRedirected) ? int.MaxValue : Width;
        (toError ? Console.Error : Console.Out).WriteLine(TextWrap.Indented(message, 0, width));
    }

    public void Progress(OpsProgress progress)
    {
        if (!_terminal) return;
        ClearProgress();
        if (progress.Completed) return;
        string percent = progress.PercentComplete >= 0 ? $" {progress.PercentComplete} %" : "";
        string left = progress.Remaining is { } remaining ? $", {Display.Duration(remaining)} left" : "";
        string line = $"{progress.Activity}: {progress.Status}{percent}{left}";
        int room = Math.Max(20, Console.WindowWidth) - 1;
        Console.Error.Write(line.Length > room ? line[..room] : line);
        _progressShown = true;
    }

    public char? Ask(string question, string choices)
    {
        if (Console.IsInputRedirected || !_terminal) return null;
        ClearProgress();
        while (true)
        {
            Console.Error.Write($"{question} Go on?\n[Y] Yes  [A] Yes to all  [N] No  [L] No to all  (default is \"N\"): ");
            string? answer = Console.ReadLine();
            if (answer is null) return null;
            if (answer.Trim() is "") return 'n';
            if (choices.Contains(char.ToLowerInvariant(answer.Trim()[0]))) return char.ToLowerInvariant(answer.Trim()[0]);
        }
    }

    private static int Width => Math.Max(40, Console.WindowWidth);

    private void Line(string text, string? colour, int indent = 0)
    {
        ClearProgress();
        text = TextWrap.Indented(PrintableText.Of(text), indent, _terminal ? Width : int.MaxValue);
        // In the order in which it was said, where both go to the same place.
        try { Console.Out.Flush(); }
        catch (IOException) { /* whoever read it is gone; the message may still reach somebody */ }
        bool coloured = colour is not null && _terminal && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
        Console.Error.WriteLine(coloured ? $"\e[{colour}m{text}\e[0m" : text);
    }

    private void ClearProgress()
    {
        if (_progressShown) Console.Error.Write("\r\e[K");
        _progressShown = false;
    }
}
