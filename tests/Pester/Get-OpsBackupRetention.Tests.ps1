BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    1..3 | ForEach-Object { $null = Backup-OpsDatabase main -Store local -Environment $shop }
}

Describe 'Get-OpsBackupRetention' {
    It 'says what is missing where the environment has no rules' {
        { Get-OpsBackupRetention -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'RetentionMissing*'
    }

    It 'tells of each backup whether it stays, and why' {
        (Get-Content "$shop/ops.yaml" -Raw) -replace 'backups: \{', 'backups: { retention: { database: { last: 2 } },' | Set-Content "$shop/ops.yaml"
        $decided = @(Get-OpsBackupRetention main -Store local -Environment $shop)
        $decided.Outcome | Should -Be 'Keep', 'Keep', 'Remove'
        $decided[0].Reason | Should -Be 'last 1 of 2, at least 1 of 1'
        $decided[2].Reason | Should -BeLike 'no rule keeps it*'
        @(Get-OpsBackup -Environment $shop).Count | Should -Be 3
    }

    It 'shows the reason in its view' {
        Get-OpsBackupRetention -Environment $shop | Out-String -Width 160 | Should -BeLike '*Outcome*Reason*last 2 of 2*'
    }
}
