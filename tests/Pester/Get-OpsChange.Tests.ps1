BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Store local -Environment $shop
}

Describe 'Get-OpsChange' {
    It 'says what was done, on what, and how it ended' {
        $change = Get-OpsChange -Environment $shop
        $change.Action, "$($change.Outcome)" | Should -Be 'Backup-OpsDatabase', 'Completed'
        $change.Target | Should -BeLike '*main*'
    }

    It 'takes a bare 30d or 90s as how long ago, though PowerShell reads them as numbers' {
        @(Get-OpsChange -Environment $shop -After 30d).Count | Should -Be 1
        Get-OpsChange -Environment $shop -After 30d -Before 90s | Should -BeNullOrEmpty
        { Get-OpsChange -Environment $shop -After 30x } | Should -Throw "*'30x' is neither a time*"
    }

    It 'takes an environment by path and by object' {
        @(Get-OpsChange -Environment (Get-OpsEnvironment -Path $shop)).Count | Should -Be 1
    }
}
