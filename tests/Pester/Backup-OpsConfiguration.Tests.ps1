BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-ConfiguredShop -Encrypted
}

Describe 'Backup-OpsConfiguration' {
    It 'shows with -WhatIf what is taken and why, and stores nothing' {
        $plan = Backup-OpsConfiguration -Environment $shop -WhatIf
        $plan.Kind | Should -Be 'backup.configuration'
        "$($plan.Figures)" | Should -Match 'taken: app.env: configuration.files'
        Get-OpsBackup -Kind Configuration -Environment $shop | Should -BeNullOrEmpty
    }

    It 'backs up, and only once while nothing changes' {
        $made = Backup-OpsConfiguration -Environment $shop
        $made.PSObject.TypeNames[0] | Should -Be 'OpsModule.Backup'
        $made.Kind | Should -Be 'Configuration'
        $made.Encrypted | Should -BeTrue
        $made.Sources | Should -Contain 'app.env: configuration.files'
        (Backup-OpsConfiguration -OnlyIfChanged -Environment $shop).Id | Should -Be $made.Id
        ($made | Test-OpsBackup -Level Structure -Environment $shop).Passed | Should -BeTrue
        (Get-OpsBackup -Kind Configuration -Environment $shop).Id | Should -Be $made.Id
    }

    It 'refuses secrets in clear by name, and takes them out when asked' {
        $open = New-ConfiguredShop
        { Backup-OpsConfiguration -Environment $open -ErrorAction Stop } | Should -Throw -ErrorId 'ConfigurationNotProtected*'
        $made = Backup-OpsConfiguration -Redact -Environment $open
        $made.Redactions | Should -Match 'app.env:2 API_TOKEN: its name says so'
        { $made | Restore-OpsConfiguration -Environment $open -WhatIf -ErrorAction Stop } | Should -Not -Throw
    }

    It 'writes a plan that is carried out later' {
        $null = Backup-OpsConfiguration -Environment $shop -PlanFile "$TestDrive/plan.json"
        (Invoke-OpsPlan -Path "$TestDrive/plan.json" -Environment $shop -Confirm:$false).Outcome | Should -Be 'Completed'
    }
}
