BeforeAll {
    . $PSScriptRoot/Shared.ps1
    'environment: here' | Set-Content "$folder/ops.yaml"
}

Describe 'Get-OpsResourceUsage' {
    It 'measures this machine' {
        (Get-OpsResourceUsage -Environment $folder).MemoryPercent | Should -BeGreaterThan 0
    }
}
