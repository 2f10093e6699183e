BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Store local -Environment $shop
}

Describe 'Test-OpsBackup' {
    It 'passes a good backup, to its structure' {
        $test = Get-OpsBackup -Environment $shop | Test-OpsBackup -Level Structure -Environment $shop
        $test.Passed | Should -BeTrue
        (Get-OpsBackup -Environment $shop).VerifiedAt | Should -Not -BeNullOrEmpty
    }

    It 'finds a byte that has changed' {
        $file = Get-ChildItem "$shop/backups" -Recurse -File | Sort-Object Length | Select-Object -Last 1
        $bytes = [IO.File]::ReadAllBytes($file)
        $bytes[$bytes.Length / 2] = $bytes[$bytes.Length / 2] -bxor 1
        [IO.File]::WriteAllBytes($file, $bytes)
        (Get-OpsBackup -Environment $shop | Test-OpsBackup -Environment $shop -ErrorAction SilentlyContinue).Passed | Should -BeFalse
    }
}
