BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $name = Split-Path -Leaf $shop
    pg_dump -Fc -f "$TestDrive/main.dump" $name
    pg_dump -f "$TestDrive/main.sql" $name
    gzip -k "$TestDrive/main.sql"
    pg_dump -Fc -n tenant_demo -f "$TestDrive/demo[1].dump" $name
    'CREATE TABLE t (x int);' | Set-Content "$TestDrive/other.sql"
}

Describe 'Import-OpsBackup' {
    It 'shows with -WhatIf what a file is, and stores nothing' {
        $plan = Import-OpsBackup "$TestDrive/main.dump" -Store local -Environment $shop -WhatIf -WarningAction SilentlyContinue
        $plan.Kind | Should -Be 'backup.import'
        "$($plan.Figures)" | Should -Match 'format: archive \(custom format\).*2 tables with 200 rows'
        Get-OpsBackup -Environment $shop | Should -BeNullOrEmpty
    }

    It 'takes an archive and a packed script from the pipeline, each once' {
        $made = Get-ChildItem "$TestDrive/main.*" -Include *.dump, *.gz | Import-OpsBackup -Store local -Environment $shop -WarningAction SilentlyContinue
        $made.Count | Should -Be 2
        $made | ForEach-Object { ($_.Tables | Measure-Object Rows -Sum).Sum | Should -Be 200 }
        ($made | Test-OpsBackup -Level Structure -Environment $shop).Passed | Should -Be @($true, $true)
        Import-OpsBackup "$TestDrive/main.d*" -Store local -Environment $shop | Should -BeNullOrEmpty
    }

    It 'takes a tenant by a literal path, with the time that is told' {
        $made = Import-OpsBackup -LiteralPath "$TestDrive/demo[1].dump" -Tenant demo -StartedAt 2026-01-02T03:04:05Z -Store local -Environment $shop -WarningAction SilentlyContinue
        $made.Tenant | Should -Be 'demo'
        $made.Id | Should -BeLike '20260102T030405Z-*'
        $made.Labels['imported'] | Should -Be 'demo[1].dump'
    }

    It 'names what is no dump, and goes on with the next file' {
        $made = Import-OpsBackup "$TestDrive/other.sql", "$TestDrive/main.sql" -Store other -Environment $shop -ErrorVariable failed -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        $failed.FullyQualifiedErrorId | Should -BeLike 'ImportNotADump*'
        $made.Count | Should -Be 1
    }
}

Describe 'A store without a name' {
    It 'is written to, listed, tested and copied from by its path' {
        $usb = (New-Item -ItemType Directory "$TestDrive/usb").FullName
        $made = Backup-OpsDatabase main -Tenant demo -Path $usb -Environment $shop
        $made.Store | Should -Be $usb
        (Get-OpsBackup -Path $usb -Environment $shop).Id | Should -Be $made.Id
        (Get-OpsBackup -Path $usb -Environment $shop | Test-OpsBackup -Environment $shop).Passed | Should -BeTrue
        (Test-OpsBackup -Path $usb -Environment $shop).Passed | Should -BeTrue
        (Get-OpsBackup -Path $usb -Environment $shop | Copy-OpsBackup -Store other -Environment $shop).Store | Should -Be 'other'
        (Get-OpsBackup -Path $usb -Environment $shop | Invoke-OpsRecoveryDrill -Environment $shop).Passed | Should -BeTrue
        { Get-OpsBackup -Path "$TestDrive/unmounted" -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'StoreFolderMissing*'
        { Get-OpsBackup -Path $usb -Store local -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'ParametersConflict*'
        foreach ($line in { Backup-OpsDatabase main -Path $usb -Store local }, { Test-OpsBackup -Path $usb -Store local },
            { Copy-OpsBackup x -Path $usb -Store local }) {
            $line | Should -Throw -ErrorId 'AmbiguousParameterSet*' -Because "a store has a name or a path: $line"
        }
        @(Get-OpsBackup -Full -Path $usb -Environment $shop).Count | Should -Be 0
        @(Get-OpsBackup -Tenant demo -Path $usb -Environment $shop).Count | Should -Be 1
        (Invoke-OpsRecoveryDrill -Latest -Tenant demo -Path $usb -Environment $shop).Passed | Should -BeTrue
        ($made | Get-OpsBackup -Path $usb -Environment $shop).Id | Should -Be $made.Id
        { Remove-OpsBackup -Retention -Store $usb -Environment $shop -Confirm:$false -ErrorAction Stop } | Should -Throw
    }
}
