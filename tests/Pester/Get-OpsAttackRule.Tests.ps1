BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $null = Import-SigmaSample
}

Describe 'Get-OpsAttackRule' {
    It 'lists the rules of the module, of rates, and your own' {
        @(Get-OpsAttackRule -Environment $folder -Id sigma-*).Count | Should -Be 1
        (Get-OpsAttackRule brute-force).More | Should -Be 10
        (Get-OpsAttackRule brute-force, log4* | Out-String) | Should -Match '(?s)log4.*brute-force'
        @(Get-OpsAttackRule -Category Log4Shell | Where-Object Id -like 'log4*').Category | Select-Object -Unique | Should -Be 'Log4Shell'
    }
}
