namespace OpsModule.Host.Language;

/// <summary>The pipeline as typed cannot be run; nothing has been run.</summary>
internal sealed class UsageException(string message) : Exception(message);
