BeforeAll {
    . $PSScriptRoot/Shared.ps1
    'environment: here' | Set-Content "$folder/ops.yaml"
}

Describe 'Get-OpsDiskUsage' {
    It 'measures the file systems of this machine' {
        (Get-OpsDiskUsage FileSystem -Environment $folder | Where-Object Name -EQ '/').UsedPercent | Should -BeGreaterThan 0
    }
}
