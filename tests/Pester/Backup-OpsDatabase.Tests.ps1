BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
}

Describe 'Backup-OpsDatabase' {
    It 'stores the whole database in every store, from one dump' {
        $made = @(Backup-OpsDatabase main -Environment $shop)
        $made.Store | Sort-Object | Should -Be 'local', 'other'
        $made.Id | Select-Object -Unique | Should -HaveCount 1
        ($made[0].Tables | Measure-Object Rows -Sum).Sum | Should -Be 200
    }

    It 'stores one backup for each tenant, by wildcard' {
        @(Backup-OpsDatabase main -Tenant * -Store local -Environment $shop).Tenant | Sort-Object | Should -Be 'acme', 'demo'
    }

    It 'changes nothing with -WhatIf' {
        $before = @(Get-OpsBackup -Environment $shop).Count
        $plan = Backup-OpsDatabase main -WhatIf -Environment $shop
        $plan.Target | Should -Be 'database/main'
        $plan.Summary | Should -Match '^Back up with \w+ to local, other$'
        @(Get-OpsBackup -Environment $shop).Count | Should -Be $before
    }

    It 'keeps the plans of all tenants in one file, which is carried out later' {
        $file = Join-Path $TestDrive plan.json
        $plan = Backup-OpsDatabase main -Tenant * -Store local -PlanFile $file -Environment $shop
        $plan.Parts.Kind | Should -Be 'backup.database', 'backup.database'
        $before = @(Get-OpsBackup -Tenant * -Environment $shop).Count
        (Invoke-OpsPlan $file -Confirm:$false -Environment $shop).Outcome | Should -Be 'Completed'
        @(Get-OpsBackup -Tenant * -Environment $shop).Count | Should -Be ($before + 2)
    }

    It 'binds by property name, and takes a piped environment as where to operate' {
        $errors = $null
        [pscustomobject]@{ Name = 'absent' } | Backup-OpsDatabase -Environment $shop -ErrorVariable errors -ErrorAction SilentlyContinue
        "$($errors[0])" | Should -Match 'absent'
        @(Get-OpsEnvironment -Path $shop | Backup-OpsDatabase -Store local).Name | Should -Be 'main'
    }
}
