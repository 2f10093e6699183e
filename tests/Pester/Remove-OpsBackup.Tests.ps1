BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    1..2 | ForEach-Object { $null = Backup-OpsDatabase main -Store local -Environment $shop }
    $null = Get-OpsBackup -Environment $shop | Test-OpsBackup -Environment $shop
}

Describe 'Remove-OpsBackup' {
    It 'removes nothing with -WhatIf' {
        Get-OpsBackup -Environment $shop | Remove-OpsBackup -WhatIf -Environment $shop -ErrorAction SilentlyContinue
        @(Get-OpsBackup -Environment $shop).Count | Should -Be 2
    }

    It 'spares the last verified one, unless it is forced to' {
        Get-OpsBackup -Environment $shop | Remove-OpsBackup -Confirm:$false -Environment $shop -ErrorAction SilentlyContinue -ErrorVariable errors
        @(Get-OpsBackup -Environment $shop).Count | Should -Be 1
        $errors | Should -HaveCount 1
        Get-OpsBackup -Environment $shop | Remove-OpsBackup -Force -Confirm:$false -Environment $shop
        Get-OpsBackup -Environment $shop | Should -BeNullOrEmpty
    }

    It 'applies the rules of retention, and can be planned first' {
        1..3 | ForEach-Object { $null = Backup-OpsDatabase main -Store local -Environment $shop }
        (Get-Content "$shop/ops.yaml" -Raw) -replace 'backups: \{', 'backups: { retention: { database: { last: 2 } },' | Set-Content "$shop/ops.yaml"
        $plan = Remove-OpsBackup -Retention -WhatIf -Environment $shop
        $plan.Kind | Should -Be 'backup.retain'
        $plan.Figures.Name | Should -Contain 'freed'
        $done = @(Remove-OpsBackup main -Retention -Store local -Confirm:$false -Environment $shop)
        $done.Outcome | Should -Be 'Keep', 'Keep', 'Removed'
        $done | Assert-OpsResult | Should -HaveCount 3
        @(Get-OpsBackup -Environment $shop).Count | Should -Be 2
    }

    It 'applies them after each backup where the environment says so' {
        (Get-Content "$shop/ops.yaml" -Raw) -replace 'last: 2 } }', 'last: 1 }, afterBackup: true }' | Set-Content "$shop/ops.yaml"
        $made = Backup-OpsDatabase main -Store local -Environment $shop
        $made | Should -HaveCount 1
        (Get-OpsBackup -Environment $shop).Id | Should -Be $made.Id
    }
}
