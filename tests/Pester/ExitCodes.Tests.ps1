BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: exits`nchecks: { here: { dns: localhost }, gone: { tcp: '127.0.0.1:1' } }" | Set-Content "$folder/ops.yaml"
}

Describe 'A script for a scheduler' {
    It 'ends with 1 when it stops at an error' {
        $run = Invoke-Script "`$ErrorActionPreference = 'Stop'; Get-OpsEnvironment -Path '$folder/absent'; 'went on'"
        $run.ExitCode | Should -Be 1
        $run.Said | Should -Not -Match 'went on'
    }

    It 'ends as Nagios expects it: <Check> with <Code>' -ForEach @{ Check = 'here'; Code = 0 }, @{ Check = 'gone'; Code = 2 } {
        (Invoke-Script "exit (Test-OpsHealth $Check -Quiet -Environment '$folder').ExitCode").ExitCode | Should -Be $Code
    }

    It 'ends with 1 after -Command when the pipeline stopped at an error' {
        & $pwsh -NoProfile -NonInteractive -Command "Import-Module '$manifest'; Get-OpsEnvironment -Path '$folder/absent'" *> $null
        $LASTEXITCODE | Should -Be 1
    }
}
