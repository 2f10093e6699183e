# Throwaway servers, kept by a process of their own (throwaway.sh, or bench/servers.sh) as long as this one lives. Dot-source it.

# Starts servers and sets what they are reached by as environment variables; the result's Folder is theirs, and free for more.
function Start-Throwaway([string] $Name, [string[]] $Server, [string] $Keeper = "$PSScriptRoot/throwaway.sh") {
    $start = [Diagnostics.ProcessStartInfo]::new('bash')
    foreach ($word in @($Keeper; $Name; $Server) | Where-Object { $_ }) { $start.ArgumentList.Add($word) }
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $said = @{}
    while ($null -ne ($line = $process.StandardOutput.ReadLine()) -and $line -ne 'ready') {
        $key, $value = $line -split '=', 2
        $said[$key] = $value
    }
    if ($line -ne 'ready') {
        $process.WaitForExit()
        throw "The throwaway servers ($($Server -join ', ')) could not be started (exit code $($process.ExitCode)); why stands above."
    }
    foreach ($key in @($said.Keys -cmatch '^[A-Z]')) { Set-Item "env:$key" $said[$key] }
    [pscustomobject]@{ Process = $process; Folder = $said.throwaway; Said = $said }
}

function Stop-Throwaway($Servers) {
    if (-not $Servers) { return }
    $Servers.Process.StandardInput.Close()
    $Servers.Process.WaitForExit()
    foreach ($key in @($Servers.Said.Keys -cmatch '^[A-Z]')) { Remove-Item "env:$key" -ErrorAction Ignore }
}
