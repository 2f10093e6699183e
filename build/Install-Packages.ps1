<#
.SYNOPSIS
Installs Debian packages without starting what they bring: no service, no default PostgreSQL cluster on port 5432. Run as root by build.ps1.
.PARAMETER Package
The packages.
#>
param([Parameter(Mandatory, ValueFromRemainingArguments)] [string[]] $Package)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$env:DEBIAN_FRONTEND = 'noninteractive'
$policy = '/usr/sbin/policy-rc.d'
$noCluster = '/etc/postgresql-common/createcluster.d/no-main-cluster.conf'
$placed = [Collections.Generic.List[string]]::new()

# PowerShell dies of SIGTERM without its finally, and what is placed here must go again: until then the signal only tells apt to stop (the group
# has it, too), and nothing more is begun. The handler runs on a thread that has no runspace, hence an expression in place of a script block.
$stop = [Threading.CancellationTokenSource]::new()
$context = [Linq.Expressions.Expression]::Parameter([Runtime.InteropServices.PosixSignalContext])
$body = [Linq.Expressions.Expression]::Block(
    [Linq.Expressions.Expression]::Assign([Linq.Expressions.Expression]::Property($context, 'Cancel'), [Linq.Expressions.Expression]::Constant($true)),
    [Linq.Expressions.Expression]::Call([Linq.Expressions.Expression]::Constant($stop), 'Cancel', [type[]]@()))
$handler = [Linq.Expressions.Expression]::Lambda([Action[Runtime.InteropServices.PosixSignalContext]], $body, $context).Compile()
$signals = foreach ($signal in 'SIGTERM', 'SIGHUP') { [Runtime.InteropServices.PosixSignalRegistration]::Create($signal, $handler) }

function Invoke-Apt {
    if ($stop.IsCancellationRequested) { return $false }
    $log = @(apt-get -q -y -o DPkg::Lock::Timeout=120 @args 2>&1 | ForEach-Object ToString)
    if ($LASTEXITCODE -eq 0) { return $true }
    $why = @($log | Where-Object { $_ -match '^(E|Err):' } | Select-Object -First 1) + ($log | Select-Object -Last 1)
    [Console]::Error.WriteLine("apt-get $($args[0]): $($why[0])")
    $false
}

try {
    if (-not (Test-Path $policy)) {
        $placed.Add($policy)
        [IO.File]::WriteAllText($policy, "#!/bin/sh`nexit 101`n")
        chmod +x $policy
    }
    if (-not (Invoke-Apt update)) { [Console]::Error.WriteLine('Trying with the lists that are there; without a network they may name what cannot be had.') }
    if ('postgresql-15' -in $Package) {
        # Its configuration must be there before the server package is: that one creates the cluster.
        $null = Invoke-Apt install --no-install-recommends postgresql-common
        if (-not (Test-Path $noCluster)) {
            $placed.Add($noCluster)
            $null = New-Item -ItemType Directory -Force (Split-Path $noCluster)
            [IO.File]::WriteAllText($noCluster, "create_main_cluster = false`n")
        }
    }
    $code = 0
    if (-not (Invoke-Apt install --no-install-recommends @Package)) {
        # One package that this system does not know must not keep the others away.
        foreach ($one in $Package) { if (-not (Invoke-Apt install --no-install-recommends $one)) { $code = 1 } }
    }
}
finally {
    foreach ($file in $placed) { [IO.File]::Delete($file) }
    foreach ($signal in $signals) { $signal.Dispose() }
}
exit ($stop.IsCancellationRequested ? 143 : $code)
