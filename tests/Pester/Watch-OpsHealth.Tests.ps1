BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: seen`nchecks: { gone: { tcp: '127.0.0.1:1' } }" | Set-Content "$folder/ops.yaml"
}

Describe 'Watch-OpsHealth' {
    It 'tells a change once' {
        $changes = @(Watch-OpsHealth gone -Count 3 -Interval 1 -Environment $folder)
        $changes.Count | Should -Be 1
        "$($changes[0].Status)" | Should -Be 'Unhealthy'
    }

    It 'ends when Select-Object has enough' {
        @(Watch-OpsHealth gone -Interval 1 -Environment $folder | Select-Object -First 1).Count | Should -Be 1
    }
}
