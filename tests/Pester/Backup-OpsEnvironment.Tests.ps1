BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
}

Describe 'Backup-OpsEnvironment' {
    It 'shows with -WhatIf what the set would hold, and makes it' {
        $plan = Backup-OpsEnvironment -Environment $shop -WhatIf -WarningAction SilentlyContinue
        $plan.Kind | Should -Be 'backup.environment'
        @($plan.Parts.Kind) | Should -Be 'backup.database', 'backup.configuration', 'backup.set'
        Get-OpsBackupSet -Environment $shop | Should -BeNullOrEmpty

        $made = Backup-OpsEnvironment -Store local -Label @{ ticket = 'CHG-1' } -Environment $shop -WarningAction SilentlyContinue
        $made.PSObject.TypeNames[0] | Should -Be 'OpsModule.BackupSet'
        $made.Store | Should -Be 'local'
        @($made.Parts.Kind) | Should -Be 'Database', 'Configuration'
        $labels = (Get-OpsBackup main -Environment $shop).Labels
        $labels['ops-set'] | Should -Be $made.Id
        $labels['ticket'] | Should -Be 'CHG-1'
        { $made | Assert-OpsResult } | Should -Not -Throw
    }

    It 'leaves kinds out' {
        @((Backup-OpsEnvironment -Skip Configuration -Environment $shop)[0].Parts.Kind) | Should -Be 'Database'
        { Backup-OpsEnvironment -Skip Configuration, Database -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'BackupSetEmpty*'
    }
}
