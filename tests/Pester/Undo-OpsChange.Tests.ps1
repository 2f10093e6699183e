BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Store local -Environment $shop
}

Describe 'Undo-OpsChange' {
    It 'asks first, and says what it would take back' {
        $change = Get-OpsChange -Environment $shop -Last 1
        $change | Undo-OpsChange -Environment $shop -WhatIf | Should -BeNullOrEmpty
        (Get-OpsChange -Environment $shop).Count | Should -Be 1
    }

    It 'takes an object only when it is a change' {
        { [pscustomobject]@{ Id = 'x' } | Undo-OpsChange -Environment $shop -Confirm:$false -ErrorAction Stop } | Should -Throw '*names no change*'
    }
}
