using System.Runtime.Versioning;

// The fixtures run real servers, mounts and signals.
[assembly: SupportedOSPlatform("linux")]
