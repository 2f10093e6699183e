BeforeAll { . $PSScriptRoot/Shared.ps1 }

Describe 'New-OpsEnvironment' {
    It 'changes nothing under -WhatIf' {
        New-OpsEnvironment -Path "$folder/ops.yaml" -WhatIf | Should -BeNullOrEmpty
        "$folder/ops.yaml" | Should -Not -Exist
    }

    It 'writes a file that is valid, and does not replace one' {
        New-OpsEnvironment -Path "$folder/ops.yaml" | Out-Null
        Test-OpsEnvironment -Environment "$folder/ops.yaml" | Where-Object Severity -EQ Error | Should -BeNullOrEmpty
        { New-OpsEnvironment -Path "$folder/ops.yaml" -ErrorAction Stop } | Should -Throw
    }
}
