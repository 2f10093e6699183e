BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-CacheShop
    $backup = Backup-OpsCache -Environment $shop
}

Describe 'Restore-OpsCache' {
    It 'shows the plan with -WhatIf, and restores one pattern' {
        $null = Invoke-Redis set, 't:demo:a', changed
        $null = Invoke-Redis set, 't:acme:a', changed
        ($backup | Restore-OpsCache -WhatIf -Environment $shop).Kind | Should -Be 'cache.swap'
        $made = $backup | Restore-OpsCache -Pattern 't:demo:*' -Confirm:$false -Environment $shop
        $made.Keys | Should -Be 2
        Invoke-Redis get, 't:demo:a' | Should -Be 1
        Invoke-Redis get, 't:acme:a' | Should -Be changed
    }

    It 'restores all, and is taken back' {
        $made = Restore-OpsCache $backup.Id -Confirm:$false -Environment $shop
        Invoke-Redis get, 't:acme:a' | Should -Be 3
        $null = Undo-OpsChange $made.Id -Confirm:$false -Environment $shop
        Invoke-Redis get, 't:acme:a' | Should -Be changed
    }
}
