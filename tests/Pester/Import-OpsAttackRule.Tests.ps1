BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $imports = Import-SigmaSample
}

Describe 'Import-OpsAttackRule' {
    It 'makes rules of Sigma rules, and tells what cannot be expressed' {
        @($imports | Where-Object Imported).Rules.Id | Should -Be 'sigma-backdoor'
        ($imports | Where-Object Imported -eq $false).Problems | Should -BeLike '*process_creation*'
    }

    It 'writes rules that find' {
        '203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] "GET /backdoor HTTP/1.1" 200 9 "-" "-"' | Set-Content "$folder/a.log"
        (Find-OpsAttackPattern -Path "$folder/a.log" -Environment $folder -Rule sigma-*).ClientAddress | Should -Be '203.0.113.7'
    }

    It 'replaces no file that is not its own' {
        { Import-OpsAttackRule "$folder/*.yml" -Destination "$folder/ops.yaml" -ErrorAction Stop } | Should -Throw -ErrorId 'RuleFileExists*'
    }
}
