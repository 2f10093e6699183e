BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $null = New-Item -ItemType Directory "$folder/figures"
    "environment: measured`nmetrics: { textfile: figures }" | Set-Content "$folder/ops.yaml"
}

Describe 'Send-OpsMetric' {
    It 'writes nothing with -WhatIf' {
        Send-OpsMetric ops_cakes 3 -WhatIf -Environment $folder
        Get-ChildItem "$folder/figures" | Should -BeNullOrEmpty
    }

    It 'writes a figure with its labels' {
        Send-OpsMetric ops_cakes 3 -Label @{ kind = 'plum "old"' } -Environment $folder | Out-Null
        @(Get-ChildItem "$folder/figures" -Filter *.prom | Get-Content) -match '^ops_cakes\{.*kind="plum \\"old\\"".*\} 3$' | Should -HaveCount 1
    }
}
