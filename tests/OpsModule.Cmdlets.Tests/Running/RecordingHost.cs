using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace OpsModule.Cmdlets.Tests.Running;

/// <summary>A terminal that keeps what -WhatIf says and what is asked, and answers as the person would.</summary>
internal sealed class RecordingHost : PSHost
{
    private readonly RecordingUI _ui = new();
    private CultureInfo _culture = CultureInfo.InvariantCulture;

    public IReadOnlyList<string> WhatIfs => _ui.WhatIfs;
    public IReadOnlyList<string> Questions => _ui.Questions;
    public char? Answer { get => _ui.Answer; set => _ui.Answer = value; }

    public void SetCulture(string name) => _culture = CultureInfo.GetCultureInfo(name);

    public override CultureInfo CurrentCulture => _culture;
    public override CultureInfo CurrentUICulture => _culture;
    public override Guid InstanceId { get; } = Guid.NewGuid();
    public override string Name => "Tests";
    public override PSHostUserInterface UI => _ui;
    public override Version Version { get; } = new(1, 0);
    public override void EnterNestedPrompt() => throw new NotSupportedException();
    public override void ExitNestedPrompt() => throw new NotSupportedException();
    public override void NotifyBeginApplication() { }
    public override void NotifyEndApplication() { }
    public override void SetShouldExit(int exitCode) { }

    private sealed class RecordingUI : PSHostUserInterface
    {
        public List<string> WhatIfs { get; } = [];
        public List<string> Questions { get; } = [];
        public char? Answer { get; set; }

        public override PSHostRawUserInterface? RawUI => null;

        public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
        {
            Questions.Add(message);
            if (Answer is not { } answer) throw new NotImplementedException();
            return choices.Select(c => char.ToLowerInvariant(c.Label[c.Label.IndexOf('&') + 1])).ToList().IndexOf(answer);
        }

        public override void WriteLine(string value)
        {
            if (value.StartsWith("What if: ", StringComparison.Ordinal)) WhatIfs.Add(value);
        }

        public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) => throw new NotImplementedException();
        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw new NotImplementedException();
        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName, PSCredentialTypes allowed, PSCredentialUIOptions options) => throw new NotImplementedException();
        public override string ReadLine() => throw new NotImplementedException();
        public override SecureString ReadLineAsSecureString() => throw new NotImplementedException();
        public override void Write(string value) { }
        public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) { }
        public override void WriteDebugLine(string message) { }
        public override void WriteErrorLine(string value) { }
        public override void WriteProgress(long sourceId, ProgressRecord record) { }
        public override void WriteVerboseLine(string message) { }
        public override void WriteWarningLine(string message) { }
    }
}
