BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: asserted`nchecks: { here: { dns: localhost }, gone: { tcp: '127.0.0.1:1' } }" | Set-Content "$folder/ops.yaml"
}

Describe 'Assert-OpsResult' {
    It 'passes good results through' {
        (Test-OpsHealth here -Environment $folder | Assert-OpsResult).Check | Should -Be 'here'
    }

    It 'makes one terminating error of bad ones, which names them' {
        $caught = { Test-OpsHealth checks -Environment $folder | Assert-OpsResult } | Should -Throw -PassThru
        "$caught" | Should -Match 'gone'
    }

    It 'takes no job for its results' {
        $job = Start-ThreadJob { 1 }
        try { { $job | Assert-OpsResult } | Should -Throw '*Receive-Job*' }
        finally { $job | Remove-Job -Force }
    }

    It 'ends a -Command with <Code> for <Check>' -ForEach @{ Check = 'here'; Code = 0 }, @{ Check = 'gone'; Code = 1 } {
        & $pwsh -NoProfile -NonInteractive -Command "Import-Module '$manifest'; Test-OpsHealth $Check -Environment '$folder' | Assert-OpsResult" *> $null
        $LASTEXITCODE | Should -Be $Code
    }
}
