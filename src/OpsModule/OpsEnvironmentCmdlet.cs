using System.Management.Automation;
using OpsModule.Engine;
using OpsModule.Engine.Environments;

namespace OpsModule;

/// <summary>Base of the cmdlets that operate an environment: finds it and builds the context the engine's services take.</summary>
public abstract class OpsEnvironmentCmdlet : OpsCmdlet
{
    private OpsContext? _context;

    /// <summary>
    /// The environment: a path of an ops.yaml, a folder that holds one, or an object from Get-OpsEnvironment. Without it the
    /// session's Connect-OpsEnvironment counts, then $env:OPS_ENVIRONMENT, then ops.yaml here or in a parent folder.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public object? Environment { get; set; }

    /// <summary>The context of this call, made at its first use.</summary>
    protected OpsContext Context => _context ??= OpsContextFactory.Create(ResolveEnvironment(), this);

    private OpsEnvironment ResolveEnvironment() =>
        EnvironmentLocator.Resolve(Unwrap(Environment) ?? Output.SessionEnvironment, Output.CurrentDirectory, this);

    /// <summary>PowerShell hands objects over in a wrapper; this takes it off.</summary>
    protected static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
